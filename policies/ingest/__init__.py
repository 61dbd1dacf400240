"""How manifests come in: files, folders, archives and uploads."""
