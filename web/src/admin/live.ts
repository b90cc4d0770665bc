import { useEffect, useState } from 'preact/hooks'

export interface Live {
  at: string
  running: number; places: number; waiting: number; queue: number
  decode_bytes: number; decode_most: number; upload_bytes: number; upload_most: number
  process_bytes: number; memory_total: number; heap_bytes: number; cpu_seconds: number
  disk_free: number; database_bytes: number; records: number; commits: number
  store_state: string; store_sentence: string
  requests: number; failed: number; photos: number; verdicts: Record<string, number> | null; refused: number
  p50: number; p95: number; uptime: number
}

const kept = 150 // five minutes of numbers every two seconds

// useLive listens to the server's events: the newest numbers, and those of the
// last minutes. A stream that ends is opened again by the browser; one that is
// refused says so by being silent.
export function useLive(): { now: Live | null; past: Live[]; heard: boolean } {
  const [past, setPast] = useState<Live[]>([])
  const [heard, setHeard] = useState(false)
  useEffect(() => {
    const source = new EventSource('/api/admin/live/')
    source.onmessage = (e) => {
      setHeard(true)
      setPast((before) => [...before.slice(1 - kept), JSON.parse(e.data as string) as Live])
    }
    source.onerror = () => setHeard(false)
    return () => source.close()
  }, [])
  return { now: past[past.length - 1] ?? null, past, heard }
}
