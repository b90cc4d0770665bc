// Records as the review knows them.
import { useMemo } from 'preact/hooks'
import { ask } from '../shared/api'
import { useLoad } from './load'

export interface Row {
  id: number
  uploaded_at: string
  disease_type: 'leaf' | 'fruit'
  disease: string
  predicted: string | null
  confidence: number | null
  verdict: string
  top: { disease: string; probability: number }[]
  is_verified: boolean
  has_photo: boolean
  width: number
  height: number
  model: string
  has_place: boolean
  confirmed_correct: boolean | null
  feedback: string
  notes: string
  file_name: string
}

export interface ReviewPage {
  rows: Row[]
  considered: number
  pagination: { total_count: number }
}

interface DiseaseEntry { name: string; plant_part: 'leaf' | 'fruit' }

export const changeRow = (ids: number[], updates: { is_verified?: boolean; predicted_class?: string }) =>
  ids.length === 1
    ? ask(`/api/classified-images/${ids[0]}/`, { method: 'PUT', json: updates })
    : ask('/api/classified-images/bulk-update/', { method: 'POST', json: { image_ids: ids, updates } })

export const deleteRows = (ids: number[]) => ask('/api/admin/review/delete/', { method: 'POST', json: { image_ids: ids } })

// useClasses are the classes that a photo can be corrected to: those that the
// model ranked first, then the vocabulary's of its part.
export function useClasses() {
  const { data } = useLoad<DiseaseEntry[]>('/api/admin/diseases/')
  return useMemo(() => {
    const entries = (data ?? []).filter((d) => d.name !== '_fallback')
    const names = (part?: string) => [...new Set(entries.filter((d) => !part || d.plant_part === part).map((d) => d.name))].sort()
    return {
      all: names(),
      of: (row: Row) => [...new Set([...row.top.map((c) => c.disease), ...names(row.disease_type)])].slice(0, 9),
    }
  }, [data])
}
