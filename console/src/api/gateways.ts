// The names of gateways, for pages that know only their ids.
import { api } from '@countersign/contract/api'
import { useQuery } from '@tanstack/react-query'
import { useMe } from './me.ts'
import { reading } from './server.client.ts'

/** From a gateway's id to its name; the id itself where the reader may not know it. */
export function useGatewayName(): (id: string) => string {
  const { permissions } = useMe()
  const { data } = useQuery({
    ...reading(api.networks.gateways, {}),
    enabled: permissions.includes('networks.read'),
    staleTime: 60_000,
  })
  return (id) => data?.gateways.find((gateway) => gateway.id === id)?.name ?? id
}
