"""The import of a shop's own files into the database: products, orders, customers, and the shop itself.

Used by `python -m bot import …` and by whatever loads the demonstration shop. `import_file` is the
whole interface; it prints nothing. The formats are described in `docs/importing.md`.
"""

from bot.shop.importing.contents import KINDS
from bot.shop.importing.detect import FORMATS
from bot.shop.importing.report import ImportFileError, ImportReport, Refusal, RowNote, Warned
from bot.shop.importing.run import import_file

__all__ = ["FORMATS", "KINDS", "ImportFileError", "ImportReport", "Refusal", "RowNote", "Warned", "import_file"]
