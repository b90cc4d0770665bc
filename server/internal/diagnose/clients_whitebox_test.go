package diagnose

// Clients is how many clients' tags are kept.
func (a *Admission) Clients() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.had)
}
