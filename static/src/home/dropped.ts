/** The files in a drop, those inside folders too, named by their path. */

export interface NamedFile {
  name: string;
  file: Blob;
}

const MANIFEST = /\.(ya?ml|json|zip)$/i;

export async function droppedFiles(dropped: DataTransfer): Promise<NamedFile[]> {
  // The entries have to be taken before the first await: the browser empties the list then.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const loose = [...dropped.files];
  const found: NamedFile[] = [];
  for (const [index, entry] of entries.entries()) {
    const file = loose[index];
    if (entry) found.push(...(await filesOf(entry, "")));
    else if (file) found.push({ name: file.name, file });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function filesOf(entry: FileSystemEntry, folder: string): Promise<NamedFile[]> {
  const name = `${folder}${entry.name}`;
  if (entry.isFile) {
    // A single file is sent whatever its name; in a folder only manifests are meant.
    if (folder && !MANIFEST.test(name)) return [];
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ name, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: NamedFile[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return found;
    for (const child of batch) found.push(...(await filesOf(child, `${name}/`)));
  }
}
