/** The page of clusters: those that are watched, and the form to connect another. */

import { mountConnect } from "./clusters/connect";
import { mountList } from "./clusters/list";

mountConnect();
void mountList();
