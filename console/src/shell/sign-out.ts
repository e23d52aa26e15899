// Ends the session everywhere, forgets what was read, and leaves.
import { api } from '@countersign/contract/api'
import { useMutation } from '@tanstack/react-query'
import { client, leaveForSignIn, queries } from '#api/server.client.ts'
import { follow } from './next.ts'

export function useSignOut() {
  return useMutation({
    mutationFn: () => client.call(api.signin.signOut, { body: {} }),
    onSuccess: ({ next }) => {
      queries.clear()
      follow(next)
    },
    onError: leaveForSignIn,
  })
}
