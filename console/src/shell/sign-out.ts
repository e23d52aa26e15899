// Ends the session everywhere, and leaves.
import { api } from '@countersign/contract/api'
import { useMutation } from '@tanstack/react-query'
import { client, leaveForSignIn } from '#api/server.client.ts'
import { follow } from './next.ts'

export function useSignOut() {
  return useMutation({
    mutationFn: () => client.call(api.signin.signOut, { body: {} }),
    // The next page loads anew, so nothing that was read stays in memory.
    onSuccess: ({ next }) => follow(next),
    onError: leaveForSignIn,
  })
}
