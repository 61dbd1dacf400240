/** Asks for the map's picture while the scripts that draw it are still on their way. */
import { among, data, state } from "./map/first";

for (const each of [data, ...among]) {
  // The page asks again for what failed, and says so.
  each.map(state).catch(() => undefined);
}
