/** The map page: the address says what to look at, the server answers, the parts show it. */
import { MapPage } from "./map/page";

void new MapPage().start();
