/** The matrix page: the address says what to look at, the server answers, the parts show it. */
import { MatrixPage } from "./matrix/page";

void new MatrixPage().start();
