# The rooms of core/ and which others each may include (base is always allowed).
# tools/build/layers holds every include line against this table; unit tests of a room link only the
# rooms reachable from here. docs/architecture.md explains it.
ROOMS := base text codec net record object parquet tablestore format catalog view restore

ALLOW_base :=
ALLOW_text := base
ALLOW_codec := base
ALLOW_net := text base
ALLOW_record := text base
ALLOW_object := net text base
ALLOW_parquet := object codec text base
ALLOW_tablestore := net record text base
ALLOW_format := parquet object codec record text base
ALLOW_catalog := object record text base
ALLOW_view := parquet format catalog object codec record text base
ALLOW_restore := format catalog tablestore object record text base
ALLOW_fs := view restore catalog text base
