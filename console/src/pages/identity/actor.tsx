// Whoever took a step, as the journal names them: a person leads to their row.
import { Reference } from '#lists/references.tsx'

// The control socket speaks for whoever can reach it.
const operator = 'Workload::"operator"'

export function Actor({ actor }: { readonly actor: string }) {
  const person = /^Person::"(?<id>[^"]+)"$/.exec(actor)?.groups?.['id']
  if (person !== undefined) return <Reference kind="person" id={person} />
  return <>{actor === operator ? 'whoever operates the machine' : actor}</>
}
