package listen

import "syscall"

const (
	// otherFiles is how many descriptors are left for all that is not a
	// connection: the database, photos and backups being written, commands.
	otherFiles = 64
	// fewest connections are served however few descriptors there are.
	fewest = 8
)

// Connections is how many connections may be open at one time, most at best: as
// many as leave descriptors for everything else. Go has raised the soft limit on
// open files to the hard one by then.
func Connections(most int) (connections int, files uint64) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return most, 0
	}
	return connectionsOf(limit.Cur, most), limit.Cur
}

func connectionsOf(files uint64, most int) int {
	left := files / 2
	if files > 2*otherFiles {
		left = files - otherFiles
	}
	return max(fewest, int(min(left, uint64(most))))
}
