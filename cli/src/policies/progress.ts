// What a long command is doing: one line on a terminal, replaced as it goes on, and nothing anywhere
// else.
import { printable } from '#paint'
import type { Output } from '#world'

export class Progress {
  readonly #output: Output
  #isShown = false

  constructor(output: Output) {
    this.#output = output
  }

  /** Says what is being done now. */
  say(text: string): void {
    if (!this.#output.isTerminal) return
    this.#output.write(`\r\u001b[2K${this.#output.paint('quiet', printable(text))}`)
    this.#isShown = true
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#output.write('\r\u001b[2K')
    this.#isShown = false
  }
}
