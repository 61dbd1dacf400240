/** The YAML editor: one CodeMirror view, one remembered state per file, marks from the server. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

import { lineSpan, type Mark } from "./diagnostics";
import type { DraftFile } from "./draft";

export interface EditorOptions {
  /** Nonce of the page, without which the browser refuses the editor's own styles. */
  readonly nonce: string;
  readonly label: string;
  readonly changed: (file: string, content: string) => void;
}

const COLOURS = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), class: "code-key" },
  { tag: [tags.string, tags.special(tags.string)], class: "code-string" },
  { tag: tags.content, class: "code-value" },
  { tag: tags.lineComment, class: "code-comment" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], class: "code-mark" },
  { tag: [tags.labelName, tags.typeName, tags.keyword, tags.meta], class: "code-special" },
]);

export class DraftEditor {
  readonly #view: EditorView;
  readonly #extensions: Extension;
  readonly #kept = new Map<string, EditorState>();
  #file = "";

  constructor(parent: HTMLElement, options: EditorOptions) {
    this.#extensions = extensions(options, () => this.#file);
    this.#view = new EditorView({ parent, state: this.#stateOf("") });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Shows a file; its undo history and cursor come back when it was shown before. */
  show(file: DraftFile): void {
    if (this.#file !== "") this.#kept.set(this.#file, this.#view.state);
    this.#file = file.name;
    const kept = this.#kept.get(file.name);
    const fits = kept !== undefined && kept.doc.toString() === file.content;
    this.#view.setState(fits ? kept : this.#stateOf(file.content));
  }

  /** Takes over a new name for the file that is shown. */
  rename(name: string): void {
    this.#kept.delete(this.#file);
    this.#file = name;
  }

  forget(name: string): void {
    this.#kept.delete(name);
    if (this.#file === name) this.#file = "";
  }

  mark(marks: readonly Mark[]): void {
    const text = this.#view.state.doc.toString();
    const diagnostics: Diagnostic[] = marks.map((mark) => ({
      ...lineSpan(text, mark.line),
      severity: mark.severity,
      message: mark.message,
    }));
    this.#view.dispatch(setDiagnostics(this.#view.state, diagnostics));
  }

  /** Puts the cursor on a line (from 1), in the middle of the view, and focuses the editor. */
  reveal(line: number): void {
    const doc = this.#view.state.doc;
    const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
    this.#view.dispatch({
      selection: { anchor: at.from + /^\s*/.exec(at.text)![0].length },
      effects: EditorView.scrollIntoView(at.from, { y: "center" }),
    });
    this.#view.focus();
  }

  #stateOf(content: string): EditorState {
    return EditorState.create({ doc: content, extensions: this.#extensions });
  }
}

function extensions(options: EditorOptions, file: () => string): Extension {
  return [
    EditorView.cspNonce.of(options.nonce),
    EditorView.contentAttributes.of({
      "aria-label": options.label,
      // Editable text takes the focus anyway; said aloud for tools that look for it.
      tabindex: "0",
      "aria-describedby": "draft-editor-hint",
    }),
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("  "),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    syntaxHighlighting(COLOURS),
    yaml(),
    // Escape, then Tab, leaves the editor: CodeMirror lets one Tab through after Escape.
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.changed(file(), update.state.doc.toString());
    }),
  ];
}
