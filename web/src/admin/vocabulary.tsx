import { useMemo, useState } from 'preact/hooks'
import { ask } from '../shared/api'
import { t } from '../shared/i18n'
import { Fault, Shown, sentence, useLoad } from './load'

// The four lists of the vocabulary have one shape; a list is its fields.
type Entry = Record<string, unknown> & { id: number }
interface Field { name: string; label: string; kind?: 'text' | 'long' | 'part' | 'number' | 'flag' | 'symptom' | 'disease'; shown?: string; max?: number }
interface List { path: string; title: string; fields: Field[] }

const lists: List[] = [
  { path: 'diseases', title: 'a.diseases', fields: [{ name: 'name', label: 'a.name', max: 100 }, { name: 'plant_part', label: 'a.part', kind: 'part' }, { name: 'description', label: 'a.description', kind: 'long', max: 5000 }, { name: 'treatment', label: 'a.treatment', kind: 'long', max: 5000 }] },
  { path: 'symptoms', title: 'a.symptoms', fields: [{ name: 'key', label: 'a.key', max: 80 }, { name: 'plant_part', label: 'a.part', kind: 'part' }] },
  { path: 'aliases', title: 'a.aliases', fields: [{ name: 'alias', label: 'a.alias', max: 120 }, { name: 'canonical', label: 'a.symptom', kind: 'symptom', shown: 'canonical_key' }] },
  { path: 'disease-symptoms', title: 'a.prompts', fields: [{ name: 'disease', label: 'a.disease', kind: 'disease', shown: 'disease_name' }, { name: 'symptom', label: 'a.symptom', kind: 'symptom', shown: 'symptom_key' }, { name: 'display_label', label: 'a.question', max: 300 }, { name: 'display_order', label: 'a.place', kind: 'number' }] },
]

export default function Vocabulary() {
  const [at, setAt] = useState(0)
  const list = lists[at]!
  return (
    <div class="stack">
      <p>{t('a.vocabularyNote')} <a href="#/advice">{t('a.advice')}</a></p>
      <div class="row" role="group" aria-label={t('a.lists')}>
        {lists.map((l, i) => <button key={l.path} class="button slim" aria-pressed={i === at} onClick={() => setAt(i)}>{t(l.title)}</button>)}
      </div>
      <Editor key={list.path} list={list} />
    </div>
  )
}

function Editor({ list }: { list: List }) {
  const path = `/api/admin/${list.path}/`
  const loaded = useLoad<Entry[]>(path)
  const symptoms = useLoad<Entry[]>('/api/admin/symptoms/')
  const diseases = useLoad<Entry[]>('/api/admin/diseases/')
  const [search, setSearch] = useState('')
  const [edited, setEdited] = useState<Entry | null>(null) // id 0: a new one
  const [doomed, setDoomed] = useState(0)
  const [error, setError] = useState('')
  const rows = useMemo(() => (loaded.data ?? []).filter((e) => e.name !== '_fallback' && (!search || JSON.stringify(Object.values(e)).toLowerCase().includes(search.toLowerCase()))), [loaded.data, search])
  const options = (kind: Field['kind']) => (kind === 'symptom' ? symptoms.data ?? [] : diseases.data ?? []).map((e) => ({ id: e.id, text: `${String(e.key ?? e.name)} (${t('a.' + String(e.plant_part))})` }))
  const save = async (e: Event) => {
    e.preventDefault()
    if (!edited) return
    const json = Object.fromEntries(list.fields.map((f) => [f.name, f.kind === 'number' || f.kind === 'symptom' || f.kind === 'disease' ? Number(edited[f.name]) : edited[f.name]]))
    try {
      setError('')
      await ask(edited.id ? `${path}${edited.id}/` : path, { method: edited.id ? 'PUT' : 'POST', json })
      setEdited(null)
      await loaded.reload()
    } catch (err) {
      setError(sentence(err))
    }
  }
  const remove = async (id: number) => {
    try {
      setError('')
      await ask(`${path}${id}/`, { method: 'DELETE' })
      setDoomed(0)
      await loaded.reload()
    } catch (err) {
      setError(sentence(err))
    }
  }
  const value = (entry: Entry, f: Field) => (f.kind === 'part' ? t('a.' + String(entry[f.name])) : String(entry[f.shown ?? f.name] ?? ''))
  const set = (name: string, v: unknown) => edited && setEdited({ ...edited, [name]: v })
  return (
    <div class="stack">
      <div class="row between">
        <div class="field"><label for="find">{t('a.search')}</label><input id="find" type="search" value={search} onInput={(e) => setSearch(e.currentTarget.value)} /></div>
        <button class="button" onClick={() => setEdited({ id: 0, plant_part: 'leaf', display_order: 0 })}>{t('a.add')}</button>
      </div>
      <Fault text={error} />
      {edited && (
        <form class="card stack" onSubmit={save} aria-label={edited.id ? t('a.edit') : t('a.add')}>
          {list.fields.map((f) => {
            const common = { id: 'e-' + f.name, value: String(edited[f.name] ?? ''), onInput: (e: { currentTarget: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement }) => set(f.name, e.currentTarget.value) }
            return (
              <div class="field" key={f.name}>
                <label for={'e-' + f.name}>{t(f.label)}</label>
                {f.kind === 'long' ? <textarea rows={4} maxLength={f.max} {...common} />
                  : f.kind === 'part' ? <select {...common}><option value="leaf">{t('a.leaf')}</option><option value="fruit">{t('a.fruit')}</option></select>
                  : f.kind === 'symptom' || f.kind === 'disease' ? <select required {...common}><option value="">–</option>{options(f.kind).map((o) => <option key={o.id} value={o.id}>{o.text}</option>)}</select>
                  : f.kind === 'number' ? <input type="number" min={0} max={32767} required {...common} />
                  : <input maxLength={f.max} required {...common} />}
              </div>
            )
          })}
          <div class="row"><button class="button main">{t('a.save')}</button><button type="button" class="button" onClick={() => setEdited(null)}>{t('a.cancel')}</button></div>
        </form>
      )}
      <Shown of={loaded}>{() => rows.length === 0 ? <p class="note">{t('a.noEntries')}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={t(list.title)}><table>
          <thead><tr>{list.fields.map((f) => <th key={f.name} scope="col">{t(f.label)}</th>)}<th scope="col"><span class="hidden">{t('a.actions')}</span></th></tr></thead>
          <tbody>{rows.map((e) => (
            <tr key={e.id}>
              {list.fields.map((f, i) => i === 0 ? <th key={f.name} scope="row">{value(e, f)}</th> : <td key={f.name} class={f.kind === 'long' ? 'long' : ''}>{value(e, f)}</td>)}
              <td class="acts">
                <button class="button slim" onClick={() => { setEdited(e); scrollTo(0, 0) }}>{t('a.edit')}<span class="hidden"> {value(e, list.fields[0]!)}</span></button>
                {doomed === e.id
                  ? <><button class="button slim danger" onClick={() => void remove(e.id)}>{t('a.deleteNow')}</button><button class="button slim" onClick={() => setDoomed(0)}>{t('a.keep')}</button></>
                  : <button class="button slim danger" onClick={() => setDoomed(e.id)}>{t('a.delete')}<span class="hidden"> {value(e, list.fields[0]!)}</span></button>}
              </td>
            </tr>
          ))}</tbody>
        </table></div>
      )}</Shown>
    </div>
  )
}
