// A keyset in a file, which is whole at every moment or not there.

package tinkseal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// A File is where a keyset is kept on disk.
type File struct {
	// Path is the file's. It must be on a file system with hard links, as those for disks are.
	Path string

	// KMS wraps the keyset in the file. If nil, the keyset is there in the clear, and a file that
	// others than its owner can read is refused. A file whose mode is not the host's to choose,
	// such as a mounted Kubernetes secret, is read with os.ReadFile and [ParseKeyset].
	KMS tink.AEADWithContext
}

// Create makes a new keyset, of one AES-256-GCM key, in a new file of mode 0600. A file that is there
// stays as it is, and the error wraps fs.ErrExist. The file is written and synced, and so is its folder,
// before Create returns; a crash leaves a whole file or none at Path, and maybe a hidden one beside it,
// whose key has sealed nothing. ctx is for the KMS.
func (f File) Create(ctx context.Context) (*Keyset, error) {
	if f.Path == "" {
		return nil, errNoPath
	}
	if _, err := os.Lstat(f.Path); err == nil {
		return nil, f.exists() // the link below decides; this spares the KMS
	}
	k, err := NewKeyset()
	if err != nil {
		return nil, err
	}
	data, err := f.encode(ctx, k)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	dir, name := filepath.Split(f.Path)
	dir = filepath.Clean(dir)
	temp, err := os.CreateTemp(dir, "."+name+".*") // its mode is 0600
	if err != nil {
		return nil, fmt.Errorf("tinkseal: create a keyset: %w", err)
	}
	defer os.Remove(temp.Name())
	if err := finish(temp, data); err != nil {
		return nil, fmt.Errorf("tinkseal: create a keyset: %w", err)
	}
	// Unlike a rename, a link never takes the place of what is there.
	if err := os.Link(temp.Name(), f.Path); errors.Is(err, fs.ErrExist) {
		return nil, f.exists()
	} else if err != nil {
		return nil, fmt.Errorf("tinkseal: create a keyset: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return nil, fmt.Errorf("tinkseal: %s is made, but may not outlast a power cut: %w", f.Path, err)
	}
	return k, nil
}

// Read reads the keyset. The error of a missing file wraps fs.ErrNotExist; one that others than its owner
// can read is refused unless a KMS has wrapped it; the other errors are [ParseKeyset]'s and
// [UnwrapKeyset]'s. ctx is for the KMS.
func (f File) Read(ctx context.Context) (*Keyset, error) {
	k, _, err := f.read(ctx)
	return k, err
}

// Change puts a changed keyset in the place of the one in the file, and returns it: one step of a
// rotation, such as
//
//	file.Change(ctx, (*tinkseal.Keyset).AddKey)
//
// The new file is written and synced beside the old one, as Path with ".new" appended, and renamed over
// it, so that a reader sees the old keyset or the new one. Owner and mode stay, and a symbolic link goes
// on pointing to the file. Of two changes at once, one is an error that wraps fs.ErrExist, so that
// neither loses the other's key; the same error follows a crash, until the file that it names is
// removed. ctx is for the KMS.
func (f File) Change(ctx context.Context, change func(*Keyset) (*Keyset, error)) (*Keyset, error) {
	if f.Path == "" {
		return nil, errNoPath
	}
	path, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: change a keyset: %w", err)
	}
	// Made before the keyset is read, so that it is a lock as well.
	next, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("tinkseal: the keyset is being changed, or a change of it was cut short, in which case remove the file: %w", err)
	} else if err != nil {
		return nil, fmt.Errorf("tinkseal: change a keyset: %w", err)
	}
	replaced := false // from then on, the name is another change's to take
	defer func() {
		if !replaced {
			next.Close()
			os.Remove(next.Name()) // where this fails, the next change says so
		}
	}()
	k, err := File{path, f.KMS}.replace(ctx, next, change)
	if err != nil {
		return nil, err
	}
	replaced = true
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("tinkseal: %s is changed, but the change may not outlast a power cut: %w", f.Path, err)
	}
	return k, nil
}

func (f File) replace(ctx context.Context, next *os.File, change func(*Keyset) (*Keyset, error)) (*Keyset, error) {
	current, info, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	k, err := change(current)
	if err != nil {
		return nil, err
	}
	data, err := f.encode(ctx, k)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	err = keepOwner(next, info)
	if err == nil {
		err = next.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = finish(next, data)
	}
	if err == nil {
		err = os.Rename(next.Name(), f.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("tinkseal: change a keyset: %w", err)
	}
	return k, nil
}

func (f File) read(ctx context.Context) (*Keyset, fs.FileInfo, error) {
	if f.Path == "" {
		return nil, nil, errNoPath
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("tinkseal: read a keyset: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("tinkseal: read a keyset: %w", err)
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("tinkseal: %s is not a file", f.Path)
	case f.KMS == nil && othersMayRead(info):
		return nil, nil, fmt.Errorf("tinkseal: others than its owner can use %s (mode %04o): chmod 600 %[1]s", f.Path, info.Mode().Perm())
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, fmt.Errorf("tinkseal: read a keyset: %w", err)
	}
	defer clear(data)
	var k *Keyset
	if f.KMS == nil {
		k, err = parse(data)
	} else {
		k, err = unwrap(ctx, data, f.KMS)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("tinkseal: %s: %w", f.Path, err)
	}
	return k, info, nil
}

func (f File) encode(ctx context.Context, k *Keyset) ([]byte, error) {
	if f.KMS == nil {
		return k.Cleartext()
	}
	return k.Wrap(ctx, f.KMS)
}

// finish writes a file's whole content, syncs it and closes it.
func finish(file *os.File, data []byte) error {
	_, err := file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (f File) exists() error {
	return fmt.Errorf("tinkseal: create a keyset: %s: %w, and what it sealed would be lost with it", f.Path, fs.ErrExist)
}

var errNoPath = errors.New("tinkseal: File.Path is empty")
