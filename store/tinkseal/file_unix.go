//go:build unix

// What only Unix has: modes, owners, and folders that are synced.

package tinkseal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

func othersMayRead(info fs.FileInfo) bool { return info.Mode()&0o077 != 0 }

// keepOwner gives a file the owner of the one that it replaces. Otherwise a change by root would leave a
// file that the host's own user cannot read, which shows when it next starts.
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

// syncDir makes a new name in a folder outlast a power cut.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
