// What some authenticators are called. Only models we are certain of; of any other the AAGUID is
// shown. It is a courtesy to readers: nothing is decided by it.

const models: Readonly<Record<string, string>> = {
  '08987058-cadc-4b81-b6e1-30de50dcbe96': 'Windows Hello',
  '2fc0579f-8113-47ea-b116-bb5a8db9202a': 'YubiKey 5 with NFC',
  'adce0002-35bc-c60a-648b-0b25f1f05503': 'Chrome on a Mac',
  'bada5566-a7aa-401f-bd96-45619a55120d': '1Password',
  'd548826e-79b4-db40-a3d8-11116f7e8349': 'Bitwarden',
  'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4': 'Google Password Manager',
  'ee882879-721c-4913-9775-3dfcce97072a': 'YubiKey 5',
  'fbfc3007-154e-4ecc-8c0b-6e020557d7bd': 'Apple Passwords',
}

/** The name of a model, where we are certain. */
export function modelName(aaguid: string): string | undefined {
  return Object.hasOwn(models, aaguid) ? models[aaguid] : undefined
}
