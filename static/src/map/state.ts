/** What the reader is looking at, as the address bar says it. */
import type { Level } from "../graph/types";

export interface Ask {
  from: string;
  to: string;
  on: string;
}

export interface ViewState {
  level: Level;
  /** Namespaces that are opened although the level would close them. */
  open: string[];
  namespaces: string[];
  port: string;
  focus: string;
  /** Only what is certain, only what is not, or both. */
  certainty: "" | "certain" | "uncertain";
  /** Id of a node or line, `policy:NetworkPolicy/ns/name`, or `answer`. */
  selected: string;
  ask: Ask;
  twin: "map" | "table";
  sort: string;
  intended: boolean;
}

/** Selects the reasons of the answer to the question asked. */
export const ANSWER = "answer";

export const NO_ASK: Ask = { from: "", to: "", on: "" };

export const START: ViewState = {
  level: "auto",
  open: [],
  namespaces: [],
  port: "",
  focus: "",
  certainty: "",
  selected: "",
  ask: NO_ASK,
  twin: "map",
  sort: "source",
  intended: false,
};

const CERTAINTIES = ["certain", "uncertain"] as const;
const LEVELS: readonly string[] = ["auto", "namespace", "workload"];

export function parseState(search: string): ViewState {
  const query = new URLSearchParams(search);
  const text = (name: string): string => query.get(name) ?? "";
  const list = (name: string): string[] => text(name).split(",").filter(Boolean);
  const level = text("level");
  return {
    level: LEVELS.includes(level) ? (level as Level) : "auto",
    open: list("open"),
    namespaces: list("ns"),
    port: text("port"),
    focus: text("focus"),
    certainty: CERTAINTIES.find((each) => each === text("only")) ?? "",
    selected: text("sel"),
    ask: { from: text("from"), to: text("to"), on: text("on") },
    twin: text("view") === "table" ? "table" : "map",
    sort: text("sort") || START.sort,
    intended: text("intended") === "1",
  };
}

/** The query string of a view; what is as at the start is left out. */
export function formatState(state: ViewState): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string): void => {
    if (value) query.set(name, value);
  };
  put("level", state.level === "auto" ? "" : state.level);
  put("open", state.open.join(","));
  put("ns", state.namespaces.join(","));
  put("port", state.port);
  put("focus", state.focus);
  put("only", state.certainty);
  put("sel", state.selected);
  put("from", state.ask.from);
  put("to", state.ask.to);
  put("on", state.ask.on);
  put("view", state.twin === "table" ? "table" : "");
  put("sort", state.sort === START.sort ? "" : state.sort);
  put("intended", state.intended ? "1" : "");
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** Does the change need another map from the server, or only another look at the same one? */
export function needsMap(before: ViewState, after: ViewState): boolean {
  return scopeOf(before) !== scopeOf(after);
}

export function scopeOf(state: ViewState): string {
  return formatState({
    ...START,
    level: state.level,
    open: state.open,
    namespaces: state.namespaces,
    port: state.port,
    focus: state.focus,
    certainty: state.certainty,
    intended: state.intended,
  });
}

export function hasFilters(state: ViewState): boolean {
  return [state.port, state.focus, state.certainty, ...state.namespaces].some(Boolean);
}

export const withoutFilters = (state: ViewState): ViewState => ({
  ...state,
  namespaces: [],
  port: "",
  focus: "",
  certainty: "",
});
