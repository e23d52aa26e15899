// The files that make up each proxy's configuration.
import type { ProxyKind } from '../external.ts'
import { caddyConfig } from './caddy.ts'
import { envoyConfig } from './envoy.ts'
import { haproxyConfig, haproxyLua } from './haproxy.ts'
import { nginxConfig } from './nginx.ts'
import type { Plan } from './plan.ts'
import { traefikConfig } from './traefik.ts'

export interface ConfigFile {
  readonly name: string
  readonly text: string
}

/**
 * The files of a configuration; `directory` is where they will lie, for those that name each other.
 * @throws PlanFault where the proxy cannot be told what the plan says.
 */
export function configFiles(kind: ProxyKind, plan: Plan, directory: string): readonly ConfigFile[] {
  switch (kind) {
    case 'nginx':
      return [{ name: 'countersign.conf', text: nginxConfig(plan) }]
    case 'caddy':
      return [{ name: 'Caddyfile', text: caddyConfig(plan) }]
    case 'traefik':
      return [{ name: 'countersign.yml', text: traefikConfig(plan) }]
    case 'envoy':
      return [{ name: 'envoy.yaml', text: envoyConfig(plan) }]
    case 'haproxy':
      return [
        { name: 'haproxy.cfg', text: haproxyConfig(plan, `${directory}/countersign.lua`) },
        { name: 'countersign.lua', text: haproxyLua(plan) },
      ]
  }
}
