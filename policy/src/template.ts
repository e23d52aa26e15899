// Links a template: fills its slots with entities, which makes a policy like any other.
import type { EntityUid, EstScope, PolicySyntax, SlotName, TemplateSyntax } from './syntax.ts'

export interface TemplateLink {
  /** The id of the new policy. */
  readonly id: string
  readonly values: Readonly<Partial<Record<SlotName, EntityUid>>>
}

/** A link that does not fill exactly the slots of its template. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
}

/** The policy that a template becomes when its slots are filled. Throws `LinkError`. */
export function linkTemplate(template: TemplateSyntax, link: TemplateLink): PolicySyntax {
  const { slots, ...rest } = template
  for (const slot of slots) {
    if (link.values[slot] === undefined) {
      throw new LinkError(`link \`${link.id}\` gives no value for \`${slot}\``)
    }
  }
  const surplus = Object.keys(link.values).find((name) => !slots.some((slot) => slot === name))
  if (surplus !== undefined) {
    throw new LinkError(`template \`${template.id}\` has no slot \`${surplus}\`; leave it out`)
  }
  const { principal, resource } = template.est
  const est = {
    ...template.est,
    principal: fill(principal, link.values['?principal']),
    resource: fill(resource, link.values['?resource']),
  }
  return { ...rest, id: link.id, est }
}

function fill(scope: EstScope, entity: EntityUid | undefined): EstScope {
  if (entity === undefined) return scope
  if (scope.op === 'is') {
    const { entity_type } = scope
    return scope.in !== undefined && 'slot' in scope.in
      ? { op: 'is', entity_type, in: { entity } }
      : scope
  }
  if (scope.op === 'All' || !('slot' in scope)) return scope
  return scope.op === '==' ? { op: '==', entity } : { op: 'in', entity }
}
