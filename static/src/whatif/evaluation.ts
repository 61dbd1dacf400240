/** Asks what a draft changes as the person types: at most one question open, stale answers dropped. */

export type Outcome<Answer> =
  | { readonly state: "asking" }
  | { readonly state: "answered"; readonly answer: Answer }
  | { readonly state: "failed"; readonly error: unknown };

export interface EvaluationOptions<Question, Answer> {
  readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>;
  readonly listen: (outcome: Outcome<Answer>) => void;
  /** How long typing must rest before a question is asked, in milliseconds. */
  readonly rest: number;
}

export class Evaluation<Question, Answer> {
  readonly #options: EvaluationOptions<Question, Answer>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #open: AbortController | undefined;

  constructor(options: EvaluationOptions<Question, Answer>) {
    this.#options = options;
  }

  /** Asks once typing has rested; any earlier question, open or waiting, is given up. */
  later(question: Question): void {
    this.stop();
    this.#timer = setTimeout(() => void this.#run(question), this.#options.rest);
  }

  /** Asks at once, for a drop, a deletion or the first look. */
  now(question: Question): void {
    this.stop();
    void this.#run(question);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#open?.abort();
    this.#open = undefined;
  }

  async #run(question: Question): Promise<void> {
    const controller = new AbortController();
    this.#open = controller;
    this.#options.listen({ state: "asking" });
    try {
      const answer = await this.#options.ask(question, controller.signal);
      if (this.#open === controller) this.#options.listen({ state: "answered", answer });
    } catch (error) {
      if (this.#open === controller) this.#options.listen({ state: "failed", error });
    }
  }
}
