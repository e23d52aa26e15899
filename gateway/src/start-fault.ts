// Some failures to start are for the operator to mend; they are told in one line, without a stack.

/** Why a gateway does not start. The message is one line for the operator. */
export class StartFault extends Error {
  override readonly name = 'StartFault'
}
