// The names that the product itself keeps in every store.

/** The workload that whoever holds the control socket acts as. */
export const operatorWorkload = 'operator'
/** The group whose members administer Countersign. */
export const administratorsGroup = 'administrators'
/** Files of policies that belong to the product stand under this name. */
export const ownPoliciesPrefix = 'countersign/'
