// The page that is shown is in the address after the #, so that the browser's
// own keys go back and forth.
import { useEffect, useState } from 'preact/hooks'

const read = () => location.hash.replace(/^#\/?/, '') || 'review'

export function useRoute(): string {
  const [route, set] = useState(read)
  useEffect(() => {
    const changed = () => set(read())
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}
