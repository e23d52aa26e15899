// The console as one tree: the design language, the clock, the server's answers, the pages.
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { queries } from '#api/server.client.ts'
import { ClockProvider, type Now } from '#design/clock.tsx'
import { theme } from '#design/theme.ts'
import { router } from './router.tsx'
import './design/mantine.css'
import './design/tokens.css'
import './design/base.css'

export function App({ now }: { readonly now: Now }) {
  return (
    <StrictMode>
      {/* The variables are in `design/mantine.css`: a <style> element would be refused. */}
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <QueryClientProvider client={queries}>
          <ClockProvider now={now}>
            <RouterProvider router={router} />
          </ClockProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>
  )
}
