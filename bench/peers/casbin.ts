// casbin with the same rules, in the form that costs it least: groups and tiers are its roles,
// attributes are handed to it as objects, and conditions are JavaScript functions that it calls, not
// expressions that it would have to interpret. It answers with an effect only, without the policies
// that made it so, so only effects are compared.
import { newEnforcer, newModelFromString } from 'casbin'
import { entitiesOf } from '../estate.ts'
import type { Estate, EstateEntity } from '../estate.ts'
import type { Facts, Rule } from '../rules.ts'
import type { Peer } from './peer.ts'

// The cheapest test comes first: casbin looks at every policy.
const MODEL = `
[request_definition]
r = sub, act, obj, facts

[policy_definition]
p = sub, act, obj, rule, eft

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = (p.act == "*" || r.act == p.act) && (r.obj == p.obj || g(r.obj, p.obj)) && (p.sub == "*" || g(r.sub, p.sub)) && holds(p.rule, r.facts)
`

export async function casbin(estate: Estate): Promise<Peer> {
  const { rules } = estate
  const enforcer = await newEnforcer(newModelFromString(MODEL))
  await enforcer.addFunction('holds', (rule: string, facts: Facts): boolean => {
    const condition = rules[Number(rule)]?.condition
    return condition === undefined || condition.holds(facts)
  })
  await enforcer.addPolicies(rules.flatMap(rows))
  const entities = new Map(entitiesOf(estate).map((entity) => [name(entity.uid), entity]))
  await enforcer.addGroupingPolicies([...entities.values()].flatMap(links))
  const facts = (person: string, application: string, context: Facts['context']): unknown => ({
    person: entities.get(person)?.attrs,
    application: entities.get(application)?.attrs,
    context,
  })
  return {
    name: 'casbin',
    decide: ({ principal, action, resource, context }) => {
      const [person, application] = [name(principal), name(resource)]
      const isAllowed = enforcer.enforceSync(
        person,
        action.id,
        application,
        facts(person, application, context),
      )
      return { effect: isAllowed ? 'allow' : 'deny' }
    },
    change: async (person) => {
      const before = entities.get(name(person.uid))
      entities.set(name(person.uid), person)
      if (before !== undefined) await enforcer.removeGroupingPolicies(links(before))
      await enforcer.addGroupingPolicies(links(person))
    },
  }
}

function rows({ effect, principal, actions, resource }: Rule, index: number): string[][] {
  const eft = effect === 'permit' ? 'allow' : 'deny'
  const acts = actions.length === 0 ? ['*'] : actions
  return acts.map((act) => [principal ?? '*', act, name(resource), String(index), eft])
}

function links({ uid, parents }: EstateEntity): string[][] {
  return [...new Set(parents.map(name))].map((parent) => [name(uid), parent])
}

function name({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type}::"${id}"`
}
