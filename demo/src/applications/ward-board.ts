// The ward board: beds, who lies in them, and what is due. A web application with a form, so that
// there is something to change. Everybody on it is invented.
import type { Caller } from './assertion.ts'
import { html, page, raw, type Reply, seeOther } from './page.ts'

const application = {
  id: 'ward-board',
  name: 'Ward Board',
  description: 'Ward 4, General Medicine',
}

const patients = [
  ['Ottilie Marsh', 71, 'Pneumonia, improving'],
  ['Bertil Hawke', 58, 'Chest pain, under observation'],
  ['Noor Castellan', 34, 'Day 1 after appendectomy'],
  ['Ambrose Fell', 83, 'Hip fracture, theatre tomorrow'],
  ['Yvette Roan', 46, 'Asthma, on nebuliser'],
  ['Casimir Dove', 67, 'Heart failure, fluid balance'],
  ['Linnea Park', 29, 'Pyelonephritis, day 2 of antibiotics'],
] as const

const notesMaxCount = 40
const noteMaxCharacters = 200
const beds = 8

interface Note {
  readonly bed: number
  readonly text: string
  readonly by: string
  readonly at: number
}

export interface WardBoard {
  /** The board as a page. */
  readonly show: (caller: Caller) => Reply
  /** Takes a note from the form's fields; `now` in milliseconds since the epoch. */
  readonly add: (caller: Caller, fields: URLSearchParams, now: number) => Reply
}

/** A board that forgets everything when it ends. */
export function wardBoard(now: number): WardBoard {
  let notes: readonly Note[] = [
    { bed: 4, text: 'Nothing by mouth from midnight.', by: 'tove.lindqvist', at: now - 5_400_000 },
    { bed: 2, text: 'Troponin at 14:00.', by: 'malik.osei', at: now - 9_000_000 },
  ]
  return {
    show: (caller) => page({ application, caller, content: boardHtml(notes) }),
    add(caller, fields, at) {
      const bed = Number(fields.get('bed'))
      const text = (fields.get('note') ?? '').trim().slice(0, noteMaxCharacters)
      if (Number.isInteger(bed) && bed >= 1 && bed <= beds && text !== '') {
        notes = [{ bed, text, by: caller.id, at }, ...notes].slice(0, notesMaxCount)
      }
      return seeOther('/')
    },
  }
}

function boardHtml(notes: readonly Note[]): string {
  const cards = Array.from({ length: beds }, (_, index) => {
    const patient = patients[index]
    return patient === undefined
      ? html`<div class="card">
          <p class="soft">Bed ${index + 1}</p>
          <p class="who">Free</p>
        </div>`
      : html`<div class="card">
          <p class="soft">Bed ${index + 1}</p>
          <p class="who">${patient[0]}, ${patient[1]}</p>
          <p>${patient[2]}</p>
        </div>`
  }).join('')
  const options = Array.from(
    { length: beds },
    (_, index) => html`<option value="${index + 1}">Bed ${index + 1}</option>`,
  ).join('')
  const list = notes
    .map(
      ({ bed, text, by, at }) =>
        html`<li>
          Bed ${bed}: ${text}
          <span class="soft">${by}, ${new Date(at).toISOString().slice(11, 16)} UTC</span>
        </li>`,
    )
    .join('')
  return html`<section>
      <h2>Beds</h2>
      <div class="grid">${raw(cards)}</div>
    </section>
    <section>
      <h2>Due next</h2>
      <form method="post" action="/tasks">
        <label
          >Bed<select name="bed">
            ${raw(options)}
          </select></label
        >
        <label
          >Note<input name="note" maxlength="${noteMaxCharacters}" required autocomplete="off"
        /></label>
        <button>Add</button>
      </form>
      <ul>
        ${raw(list)}
      </ul>
    </section>`
}
