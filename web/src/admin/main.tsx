import { render } from 'preact'
import { loadLanguage, t } from '../shared/i18n'
import '../shared/base.css'

function Admin() {
  return (
    <main class="plain">
      <h1>{t('admin.title')}</h1>
      <p>{t('admin.empty')}</p>
      <p><a href="/">{t('admin.growers')}</a></p>
    </main>
  )
}

await loadLanguage()
render(<Admin />, document.getElementById('page')!)
