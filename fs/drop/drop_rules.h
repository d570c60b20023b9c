/** @file drop_rules.h
 *  When a close of a dropped file counts. A FLUSH is not completion: it also comes for closed
 *  duplicates, from children, from writers that were killed. Pure functions.
 *  Source: fuse-facts section 5, "Commit only if all hold". */
#ifndef OTSFS_FS_DROP_RULES_H
#define OTSFS_FS_DROP_RULES_H

#include <stdbool.h>

struct drop_facts {
	bool failed;     /**< an earlier error on the file: it sticks */
	bool new_bytes;  /**< written, or a range accepted, since the last commit */
	bool same_group; /**< the closer is the opener's process, or one of the two cannot be seen
			  */
	bool wrote_last; /**< the closer is the thread that wrote last */
	bool killed;     /**< the closer is ending by a signal */
	bool temporary;  /**< the name is one that will be renamed */
};

enum drop_verdict {
	DROP_FAILED,  /**< answer the error that sticks */
	DROP_NOTHING, /**< nothing new: answer what the last commit answered */
	DROP_ABANDON, /**< the writer was killed: nothing of this is ever restored */
	DROP_DEFER,   /**< not the opener: its own close will count */
	DROP_KEEP,    /**< check it; its RENAME restores it */
	DROP_COMMIT   /**< restore it */
};

enum drop_verdict ots_drop_decide(const struct drop_facts *facts);

/** Names that rsync and editors write before they rename: `.name.XXXXXX` with six letters or
 *  digits. */
bool ots_drop_name_is_temporary(const char *name);

/** Names that nobody may write: requests come with a later version, links are ours. */
bool ots_drop_name_is_reserved(const char *name);

/** `[A-Za-z_][A-Za-z0-9_]*`, 1 to 255 bytes. Source: tablestore limits, names of tables. */
bool ots_drop_table_name_is_valid(const char *name);

#endif
