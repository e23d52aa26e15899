// What Mantine's parts are told about our design language. Colours and sizes live in
// `tokens.css` and `mantine.css`; here are only the choices that are props.
import { createTheme } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'blue',
  defaultRadius: 'sm',
  fontFamily: 'var(--cs-sans)',
  fontFamilyMonospace: 'var(--cs-mono)',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Tooltip: { defaultProps: { openDelay: 350, transitionProps: { duration: 100 } } },
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 100 } } },
    // Locking the page's scroll writes a <style> element, which our policy forbids.
    Modal: { defaultProps: { lockScroll: false, transitionProps: { duration: 120 } } },
    Drawer: { defaultProps: { lockScroll: false, transitionProps: { duration: 140 } } },
  },
})
