// What a conversation is called.

import { t } from "./words.js";

/** The customer's name, else a short code that tells visitors apart. */
export function title(entry) {
  return entry.customer_name ?? t("row.visitor", { code: entry.conversation_id.slice(0, 4).toUpperCase() });
}
