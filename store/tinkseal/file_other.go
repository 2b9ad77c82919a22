//go:build !unix

// These systems have no Unix modes or owners, and cannot sync a directory.

package tinkseal

import (
	"io/fs"
	"os"
)

const openFlags = os.O_RDONLY

func othersMayRead(fs.FileInfo) bool { return false }

func keepOwner(*os.File, fs.FileInfo) error { return nil }

func syncDir(string) error { return nil }
