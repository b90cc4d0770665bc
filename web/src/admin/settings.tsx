import { useState } from 'preact/hooks'
import { t } from '../shared/i18n'
import { Shown, useLoad } from './load'

interface Setting { name: string; group: string; value: string; from: string; secret: boolean; help: string }

export default function Settings() {
  const loaded = useLoad<{ settings: Setting[]; facts: { name: string; value: string }[] }>('/api/admin/settings/')
  const [only, setOnly] = useState(false)
  return (
    <Shown of={loaded}>{(d) => {
      const shown = d.settings.filter((s) => !only || s.from !== 'default')
      const groups = [...new Set(shown.map((s) => s.group))]
      return (
        <div class="stack">
          <section class="card stack" aria-labelledby="bundle">
            <h2 id="bundle">{t('a.bundle')}</h2>
            <p>{t('a.bundleNote')}</p>
            <p><a class="button" href="/api/admin/support/" download="mangosense-support.zip">{t('a.download')}</a></p>
          </section>
          <dl class="pairs card">{d.facts.map((f) => <div key={f.name}><dt>{f.name}</dt><dd>{f.value}</dd></div>)}</dl>
          <p>{t('a.settingsNote')}</p>
          <label class="check"><input type="checkbox" checked={only} onChange={(e) => setOnly(e.currentTarget.checked)} /><span>{t('a.onlyChanged')}</span></label>
          {shown.length === 0 && <p class="note">{t('a.allDefault')}</p>}
          {groups.map((g) => (
            <section key={g} class="stack">
              <h2>{g}</h2>
              <div class="scroll" tabIndex={0} role="region" aria-label={g}><table>
                <thead><tr>{['a.option', 'a.value', 'a.from', 'a.meaning'].map((h) => <th key={h} scope="col">{t(h)}</th>)}</tr></thead>
                <tbody>{shown.filter((s) => s.group === g).map((s) => (
                  <tr key={s.name}>
                    <th scope="row"><code>{s.name}</code></th>
                    <td>{s.secret ? <span class="tag">{s.value === 'set' ? t('a.set') : t('a.notSet')}</span> : <code>{s.value || '–'}</code>}</td>
                    <td>{s.from === 'default' ? t('a.from.default') : <strong>{t('a.from.' + s.from)}</strong>}</td>
                    <td class="long" lang="en">{s.help}</td>
                  </tr>
                ))}</tbody>
              </table></div>
            </section>
          ))}
        </div>
      )
    }}</Shown>
  )
}
