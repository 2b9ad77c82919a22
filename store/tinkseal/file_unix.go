//go:build unix

package tinkseal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags contains O_NONBLOCK because opening a FIFO without it waits for a writer.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

func othersMayRead(info fs.FileInfo) bool { return info.Mode()&0o077 != 0 }

// keepOwner sets the owner of a file to that of the one it replaces. Otherwise, after a change by root,
// the host's user could not read the file at its next start.
func keepOwner(file *os.File, replaced fs.FileInfo) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	have, ok1 := info.Sys().(*syscall.Stat_t)
	want, ok2 := replaced.Sys().(*syscall.Stat_t)
	if !ok1 || !ok2 || have.Uid == want.Uid && have.Gid == want.Gid {
		return nil
	}
	return file.Chown(int(want.Uid), int(want.Gid))
}

// syncDir makes a new name in a directory survive a power failure.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
