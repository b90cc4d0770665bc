import { useState } from 'preact/hooks'
import { ask } from '../shared/api'
import { t } from '../shared/i18n'
import { count, share } from './format'
import { Fault, Shown, sentence, useLoad } from './load'

interface Model { id: string; version: string; file: string; disease_type: 'leaf' | 'fruit'; classes: number; width: number; height: number; active: boolean }
interface Confusion { disease_type: string; considered: number; right: number; cells: { predicted: string; is: string; count: number }[] }

export default function Models() {
  const loaded = useLoad<{ models: Model[]; card: string; confusion: Confusion[] }>('/api/admin/models/')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const activate = async (m: Model) => {
    setBusy(true)
    try {
      setError('')
      await ask('/api/model-settings/update/', { method: 'POST', json: { [m.disease_type + '_model']: m.file } })
      await loaded.reload()
    } catch (e) {
      setError(sentence(e))
    }
    setBusy(false)
  }
  return (
    <div class="stack">
      <Fault text={error} />
      <Shown of={loaded}>{(d) => (
        <>
          <div class="scroll" tabIndex={0} role="region" aria-label={t('a.models')}><table>
            <thead><tr>{['a.model', 'a.version', 'a.part', 'a.classes', 'a.input', 'a.state'].map((h) => <th key={h} scope="col">{t(h)}</th>)}</tr></thead>
            <tbody>{d.models.map((m) => (
              <tr key={m.id + m.version}>
                <th scope="row">{m.id}<br /><span class="small soft">{m.file}</span></th><td>{m.version}</td><td>{t('a.' + m.disease_type)}</td><td>{m.classes}</td><td>{m.width} × {m.height}</td>
                <td>{m.active ? <span class="tag good">{t('a.active')}</span> : <button class="button slim" disabled={busy} onClick={() => void activate(m)}>{t('a.activate')}<span class="hidden"> {m.id}</span></button>}</td>
              </tr>
            ))}</tbody>
          </table></div>
          <p class="small soft">{t('a.modelsNote')}</p>
          {d.confusion.map((c) => (
            <section key={c.disease_type} class="stack">
              <h2>{t('a.confusionOf', { part: t('a.' + c.disease_type) })}</h2>
              <Matrix of={c} />
            </section>
          ))}
          {d.card && <details><summary>{t('a.card')}</summary><pre class="card-text" tabIndex={0} aria-label={t('a.card')} lang="en">{d.card}</pre></details>}
        </>
      )}</Shown>
    </div>
  )
}

// Matrix has what the model said in rows and what experts verified in columns.
function Matrix({ of }: { of: Confusion }) {
  if (of.considered === 0) return <p class="note">{t('a.noVerified')} <a href="#/review">{t('a.review')}</a></p>
  const said = [...new Set(of.cells.map((c) => c.predicted))].sort()
  const is = [...new Set([...of.cells.map((c) => c.is), ...said])].sort()
  const most = Math.max(...of.cells.map((c) => c.count))
  const n = (p: string, i: string) => of.cells.find((c) => c.predicted === p && c.is === i)?.count ?? 0
  return (
    <>
      <p>{t('a.agreed', { share: share(of.right / of.considered), n: count(of.considered) })}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('a.confusionOf', { part: t('a.' + of.disease_type) })}><table class="matrix">
        <thead><tr><th scope="col">{t('a.saidIs')}</th>{is.map((i) => <th key={i} scope="col">{i}</th>)}</tr></thead>
        <tbody>{said.map((p) => (
          <tr key={p}><th scope="row">{p}</th>{is.map((i) => {
            const v = n(p, i)
            return <td key={i} class={v === 0 ? 'zero' : p === i ? 'right' : 'wrong'} style={{ '--part': v / most }}>{v || '·'}</td>
          })}</tr>
        ))}</tbody>
      </table></div>
    </>
  )
}
