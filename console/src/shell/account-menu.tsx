// Who is signed in, how the console looks, and the way out.
import { Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { IconKeyboard, IconKey, IconLogout, IconSelector } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { Me } from '#api/me.ts'
import { initialsOf } from '#words/monogram.ts'
import { useSignOut } from './sign-out.ts'
import styles from './account-menu.module.css'

interface AccountMenuProps {
  readonly me: Me
  readonly onShortcuts: () => void
  /** With name and title, as at the foot of the side bar. */
  readonly wide?: boolean
}

export function AccountMenu({ me, onShortcuts, wide = false }: AccountMenuProps) {
  const navigate = useNavigate()
  const signOut = useSignOut()
  const { name, title, id } = me.person
  return (
    <Menu position={wide ? 'top-start' : 'bottom-end'} width={248} withinPortal>
      <Menu.Target>
        <button
          type="button"
          className={wide ? styles.account : styles.compact}
          aria-label={`Account of ${name}`}
        >
          <span className={styles.initials} aria-hidden="true">
            {initialsOf(name)}
          </span>
          {wide && (
            <>
              <span className={styles.who}>
                <strong>{name}</strong>
                <small>{title ?? id}</small>
              </span>
              <IconSelector size={15} aria-hidden="true" />
            </>
          )}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {!wide && <Menu.Label>{name}</Menu.Label>}
        <Appearance />
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconKey size={15} />}
          onClick={() => void navigate({ to: '/identity/me' })}
        >
          My sign-in
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={onShortcuts}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Light, dark, or as the system says. */
function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <div className={styles.appearance}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label="Appearance"
        value={colorScheme}
        onChange={(value) => setColorScheme(value)}
        data={[
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
          { value: 'auto', label: 'System' },
        ]}
      />
    </div>
  )
}
