# Führe diese Zelle zuerst aus. In Colab fragt sie nach der Zip-Datei des Blatts und entpackt sie.
import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("graders") is None and "google.colab" in sys.modules:
    import io
    import zipfile

    from google.colab import files

    # Nach einem Neustart des Kernels ist noch da, was entpackt wurde.
    if not (unpacked := list(Path.cwd().rglob("graders/core"))):
        print("Wähle die Zip-Datei dieses Aufgabenblatts.")
        for content in files.upload().values():
            zipfile.ZipFile(io.BytesIO(content)).extractall()
        unpacked = list(Path.cwd().rglob("graders/core"))
    sys.path += [str(folder.parents[1]) for folder in unpacked]
    importlib.invalidate_caches()
if importlib.util.find_spec("graders") is None:
    raise SystemExit(
        "Der Ordner `graders` dieses Aufgabenblatts fehlt: Lege ihn neben dieses Notebook und"
        " starte den Kernel neu."
    )

from graders.core import notebook as grader

grader.begin()
