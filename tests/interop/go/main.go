// Check verifies a ledger that was exported as tiles with nothing of ours: the signed note and the tree are those of
// golang.org/x/mod. It reads FOLDER/checkpoint, FOLDER/log.vkey and FOLDER/tile, and prints the size and the root.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check FOLDER")
		os.Exit(2)
	}
	tree, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(tree.N, tree.Hash)
}

func check(folder string) (tlog.Tree, error) {
	tree, err := openCheckpoint(folder)
	if err != nil {
		return tree, err
	}
	leaves, err := readLeaves(folder, tree.N)
	if err != nil {
		return tree, err
	}
	if err := checkRoot(tree, leaves); err != nil {
		return tree, err
	}
	return tree, checkTiles(folder, tree, leaves)
}

// openCheckpoint returns the tree that the log has signed.
func openCheckpoint(folder string) (tree tlog.Tree, err error) {
	vkey, err := os.ReadFile(filepath.Join(folder, "log.vkey"))
	if err != nil {
		return tree, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return tree, err
	}
	content, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(content, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || copy(tree.Hash[:], root) != tlog.HashSize || tree.N < 1 {
		return tree, fmt.Errorf("not a size and a root: %s, %s", lines[1], lines[2])
	}
	return tree, nil
}

// readLeaves returns the hashes of all entries.
func readLeaves(folder string, size int64) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for int64(len(leaves)) < size {
		n := int64(len(leaves)) >> height
		width := int(min(1<<height, size-n<<height))
		path := tilePath(tlog.Tile{H: height, L: -1, N: n, W: width})
		content, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		for i := 0; i < width; i++ {
			if len(content) < 2 || len(content)-2 < int(binary.BigEndian.Uint16(content)) {
				return nil, fmt.Errorf("%s ends within entry %d", path, len(leaves))
			}
			end := 2 + int(binary.BigEndian.Uint16(content))
			leaves = append(leaves, tlog.RecordHash(content[2:end]))
			content = content[end:]
		}
		if len(content) > 0 {
			return nil, fmt.Errorf("%s goes on after its entries", path)
		}
	}
	return leaves, nil
}

// checkRoot computes the root from the entries alone.
func checkRoot(tree tlog.Tree, leaves []tlog.Hash) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(n), leaf, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the entries have the root %s, the checkpoint says %s", root, tree.Hash)
	}
	return err
}

// checkTiles proves each entry by the tiles, which authenticates every hash in them.
func checkTiles(folder string, tree tlog.Tree, leaves []tlog.Hash) error {
	reader := tlog.TileHashReader(tree, tiles(folder))
	for n, leaf := range leaves {
		proof, err := tlog.ProveRecord(tree.N, int64(n), reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(n), leaf); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
	}
	return nil
}

// tiles is a folder of tiles.
type tiles string

func (folder tiles) Height() int { return height }

func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range wanted {
		content, err := os.ReadFile(filepath.Join(string(folder), tilePath(tile)))
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// tilePath leaves out the height, which C2SP fixes, and calls the tiles of data entries.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
