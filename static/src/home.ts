/** The start page: load manifests, copy the line for a cluster, open what was loaded before. */
import { pageData, part } from "./shared/dom";
import { showRecent } from "./home/recent";
import { showWatched } from "./home/watched";
import { listenToUpload, type Addresses } from "./home/upload";

const addresses = pageData<Addresses>("home-page");
listenToUpload(addresses);
part("copy").addEventListener("click", () => {
  const said = part("copied");
  const line = part("command").textContent ?? "";
  navigator.clipboard.writeText(line).then(
    () => (said.textContent = "Copied."),
    () => (said.textContent = "The browser does not allow it; select the line and copy it."),
  );
});
void showRecent(addresses);
void showWatched();
