import { useEffect, useState } from 'preact/hooks'

// useBlob is a blob's address for as long as it is shown.
export function useBlob(blob: Blob | null | undefined): string {
  const [url, set] = useState('')
  useEffect(() => {
    if (!blob) return set('')
    const made = URL.createObjectURL(blob)
    set(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}

export function Picture({ of, alt }: { of: Blob; alt: string }) {
  const url = useBlob(of)
  return url ? <img src={url} alt={alt} /> : <span class="blank" />
}
