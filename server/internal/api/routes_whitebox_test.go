package api

// Row is a route as tests from outside see it.
type Row struct{ Method, Path, Access string }

// Rows lists every route of a server.
func Rows(s *Server) []Row {
	names := map[access]string{open: "open", guest: "guest", user: "user", saver: "user", admin: "admin"}
	var out []Row
	for _, r := range s.routes() {
		out = append(out, Row{r.method, r.path, names[r.access]})
	}
	return out
}

// Served lists what the router answers, by method.
func Served(s *Server) map[string][]string { return s.tree().List() }
