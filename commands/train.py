"""``floorwalker train``: make the trained parts whose inputs changed, and swap them into the running bot.

A part is skipped while the fingerprint of its inputs equals that of the version in use and its files are whole.
"""
from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import httpx
from tqdm import tqdm

import models.embedding_tuning
from commands import embedding_tuning, serve, warm_trainer
from commands.embedding_tuning import exported_base, publish_tuned, publish_untuned, wants_tuning
from commands.errors import CommandError, expected_errors
from commands.evaluation.sentences import read
from commands.train_encoder import train_encoder
from commands.train_reply import train_reply
from commands.training_check import ERROR, check
from models import product_store
from models.customer_encoder.behaviour import BehaviourVectors
from models.embedding import SentenceEmbedding
from models.embedding_export import fingerprint, shipped_model
from models.encoder_in_use import encoder_for_new_index
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue
from shop.database import open_database
from shop.secrets import secret
from shop.settings import ROOT, settings

WATCH_SECONDS = 0.2
PARTS = ("embedding", "encoder", "index", "rasa", "reply")
# Without a customer encoder customers are known by what their products say, and without a reply model replies are the
# domain's; without the others there is no bot.
NEEDED = ("embedding", "index", "rasa")
RASA_DATA = ("data/nlu", "data/rules", "data/stories")
# What else decides what Rasa learns.
RASA_INPUTS = ("config.yml", "domain.yml", "bot", "data/language", *RASA_DATA)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", choices=("all", *PARTS), nargs="?", default="all", help="which part (all)")
    parser.add_argument("--force", action="store_true", help="train also what did not change")
    parser.add_argument("--watch", action="store_true", help="go on, and train whenever a file is saved")
    parser.add_argument("--preferences", action="store_true", help="of reply: learn also from shoppers' thumbs")


def run(arguments: argparse.Namespace) -> int:
    parts = PARTS if arguments.part == "all" else (arguments.part,)
    if arguments.preferences and "reply" not in parts:
        raise CommandError(f"--preferences is for the reply model, not for {parts[0]}: `floorwalker train reply`.")
    if arguments.watch:
        watch(parts, arguments.preferences)
    train(parts, arguments.force, preferences=arguments.preferences)
    return 0


def watch(parts: Iterable[str], preferences: bool = False) -> NoReturn:
    """Train ``parts`` now and after each save, until interrupted. What is wrong is said, and the watch goes on.

    It trains when nothing was saved between two looks: files that are saved together, or written in pieces, are
    trained on together. What is saved during a training is trained next.
    """
    ends = [signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # with `nohup` it outlives its terminal
        ends.append(signal.SIGHUP)

    def end(by: int, _frame: object) -> NoReturn:
        for each in ends:  # a closed terminal may say it twice, and the second one must not end the tidying up
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + by)

    for each in ends:
        signal.signal(each, end)  # else it would leave its drafts behind
    trained_on = before = unseen = None
    gone_once = False
    with warm_trainer.kept():
        while True:
            try:
                saved, unseen = _saved(), None
            except OSError as error:
                saved = None
                if unseen != (unseen := str(error)):
                    print(f"{error.filename} cannot be looked at: {error.strerror}. Waiting for it.", flush=True)
            if saved is not None and saved == before and saved != trained_on:
                trained_on = saved
                try:
                    train(parts, preferences=preferences)
                    # Customers' events decide what the encoder learns, not the files, and the reply model is trained
                    # for minutes: once, at the beginning.
                    parts = tuple(part for part in parts if part not in ("encoder", "reply"))
                    gone_once = False
                except FileNotFoundError as error:
                    # An editor was just replacing it. Once more, as it may come back exactly as it was.
                    print(f"{error.filename} went away while it was read.", flush=True)
                    trained_on, gone_once = (trained_on if gone_once else None), True
                except OSError as error:
                    print(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}. Mend that, then "
                          "save one of the trainers' files again.", flush=True)
                except (CommandError, *expected_errors()) as error:
                    print(error, flush=True)
                print("Watching the trainers' files; Ctrl-C ends it.", flush=True)
            before = saved
            time.sleep(WATCH_SECONDS)


def _saved() -> dict[Path, int] | None:
    """When each of the trainers' files was saved, in ns; None while an editor replaces one of them."""
    try:
        return {file: file.stat().st_mtime_ns for file in rasa_inputs()}
    except FileNotFoundError:
        return None


def train(
    parts: Iterable[str], force: bool = False, warnings: bool = True, preferences: bool = False
) -> None:
    """Train ``parts`` in their order; ``warnings``: say also what of the trainers' files is no error.

    ``preferences``: replies are learned from shoppers' thumbs as well.

    Raises CommandError where one fails; the version in use stays then. An encoder that is refused stops no other part.
    """
    parts = tuple(parts)
    trainers: dict[str, Callable[[Registry, bool], bool]] = {
        "embedding": train_embedding, "encoder": train_encoder, "index": train_index,
        "rasa": partial(train_rasa, warnings=warnings), "reply": partial(train_reply, preferences=preferences),
    }
    registry = Registry(settings.var / "models")
    registry.root.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(registry):
        for part in parts:
            print(f"{part}: ", end="", flush=True)
            try:
                changed = trainers[part](registry, force)
            except CommandError as error:
                if part in NEEDED or part == parts[-1]:
                    raise
                print(error, flush=True)  # the bot goes on with the encoder in use, so the rest can be trained
                continue
            print(f"trained {registry.require(part).name}" if changed else "up to date", flush=True)


@contextmanager
def _one_at_a_time(registry: Registry) -> Iterator[None]:
    """Wait while another process trains into the same registry: both would publish the same version."""
    with (registry.root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another training is under way; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # the kernel lets go of the lock when the file is closed, also where this process dies


def train_embedding(registry: Registry, force: bool) -> bool:
    """Tune the sentence model on the trainers' examples and export it; returns whether there was anything to do.

    Examples that were added later need no new tuning, as every training of Rasa learns from them: it is done once, and
    again where the sentence model or the way of tuning changed, or with ``force``.
    """
    version = _embedding_fingerprint()
    if not force and _in_use(registry, "embedding", version):
        return False
    card = {"fingerprint": version, "model": "all-MiniLM-L6-v2"}
    with registry.draft("embedding") as folder:
        base = exported_base(registry, folder / "base")
        if not wants_tuning(ROOT / "config.yml"):
            print("untuned, as config.yml says, ", end="", flush=True)
            publish_untuned(registry, base, card)
            return True
        require_sound_files(warnings=False)  # what is tuned on an example under the wrong intent stays so
        sentences = read(ROOT / "data" / "nlu")
        texts, intents = zip(*((sentence.text, sentence.intent) for sentence in sentences.good), strict=True)
        card |= {"tuned_on": sentences.hashes, "sentences": len(texts), "intents": len(set(intents))}
        with tqdm(desc="embedding", unit=" batches", leave=False, disable=None) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            publish_tuned(registry, base, texts, intents, card, on_progress=show)
    return True


def _embedding_fingerprint() -> str:
    digest = hashlib.sha256(f"{fingerprint(shipped_model())} {wants_tuning(ROOT / 'config.yml')}".encode())
    for module in (embedding_tuning, models.embedding_tuning):
        digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()[:12]


def train_index(registry: Registry, force: bool) -> bool:
    """Embed and index the catalogue and write its vocabulary; returns whether there was anything to do."""
    database = open_database()
    try:
        database.migrate()
        with database.session() as db:
            encoder = encoder_for_new_index(registry)
            inputs = (catalogue.catalogue_version(db), registry.require("embedding").name, product_store.FORMAT,
                      encoder.name if encoder else "no encoder")
            version = hashlib.sha256(" ".join(map(str, inputs)).encode()).hexdigest()[:12]
            if not force and _in_use(registry, "index", version) and (settings.var / "vocabulary.json").exists():
                return False
            products = list(catalogue.all_products(db))
            if not products:
                raise CommandError("The catalogue is empty. Load one with `floorwalker import`.")
            write_vocabulary(catalogue.vocabulary(db), products)
    finally:
        database.close()
    embedding = SentenceEmbedding.load(registry.require("embedding").directory, threads=os.cpu_count() or 1)
    known = {} if force else product_store.text_vectors(registry.root, embedding)
    behaviour = BehaviourVectors.load(encoder.directory) if encoder else None
    search = ProductSearch.build(products, embedding, behaviour, threads=os.cpu_count() or 1, known=known)
    search.save(registry.root, fingerprint=version)
    return True


def write_vocabulary(words: dict, products: list[catalogue.Product]) -> None:
    """Write ``vocabulary.json``, the words that ``bot/vocabulary.py`` finds in sentences, in one step."""
    categories = {slug: list(names) for slug, names in words["categories"].items()}
    for category, kind in sorted({(product.category, product.kind) for product in products if product.kind}):
        categories.setdefault(category, []).append(kind)
    vocabulary = {
        "category": categories,
        "brand": {word: [word] for word in words["brands"]},
        "colour": {word: [word] for word in words["colours"]},
        "size": {word: [word] for word in words["sizes"]},
        "material": {word: [word] for word in words["materials"]},
    }
    path = settings.var / "vocabulary.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(vocabulary, ensure_ascii=False, indent=1), "utf-8")
    os.replace(draft, path)


def train_rasa(registry: Registry, force: bool, warnings: bool = True) -> bool:
    """Train Rasa's model and hand it to the running Rasa, if one runs; returns whether there was anything to do."""
    version = _rasa_fingerprint(registry.require("embedding").name)
    if not force and _in_use(registry, "rasa", version):
        return False
    require_sound_files(warnings)
    before = registry.intact("rasa")
    with registry.draft("rasa") as folder:
        _run_rasa_train(folder / "draft", registry.require("embedding").name, version)
        card = {"fingerprint": version, "embedding": registry.require("embedding").name}
        registry.publish("rasa", version, folder / "draft", card)
    try:
        swap_rasa(registry)
    except CommandError:
        if before is not None and before.name != version:
            registry.rollback("rasa")  # else the next start would load what the running Rasa refused
        raise
    return True


def _run_rasa_train(draft: Path, embedding: str, version: str) -> None:
    """Make ``draft/rasa.tar.gz`` of the files whose fingerprint is ``version``.

    Raises CommandError where that fails, and where files were saved since the fingerprint was taken.
    """
    warm_trainer.train("config.yml", "domain.yml", RASA_DATA, draft / "rasa.tar.gz")
    if _rasa_fingerprint(embedding) != version:
        # Nobody knows which of them Rasa has read, so this must not pass for the model of either.
        raise CommandError("Files were saved while Rasa was trained on them. The model in use stays; train again.")


def require_sound_files(warnings: bool) -> None:
    """Print what is wrong with the trainers' files, a line each. Raises CommandError where an error is among it."""
    problems = [problem for problem in check(ROOT) if warnings or problem.severity == ERROR]
    if problems:
        print(f"{len(problems)} notes on the trainers' files", flush=True)
    for problem in problems:
        print(f"  {problem}")
    errors = sum(problem.severity == ERROR for problem in problems)
    if errors:
        raise CommandError(f"{errors} of these are errors. Nothing was trained; the model in use stays.")


def swap_rasa(registry: Registry) -> None:
    """Make the running Rasa load the model in use. Conversations go on; nothing happens where Rasa does not run.

    Raises CommandError where the running Rasa refuses the model or does not answer.
    """
    try:
        answer = httpx.put(
            f"http://127.0.0.1:{settings.rasa_port}/model", params={"token": secret("rasa-api")},
            json={"model_file": str(serve.rasa_model(registry))}, timeout=60,
            trust_env=False,  # a proxy of the environment has no business with loopback, nor with the secret
        )
    except httpx.ConnectError:
        return
    except httpx.HTTPError as error:
        raise CommandError(f"The running Rasa did not take the model ({type(error).__name__}). Restart it.") from error
    if answer.status_code != httpx.codes.NO_CONTENT:
        raise CommandError(f"The running Rasa refused the model: {answer.status_code} {answer.text[:300]}")
    print("swapped into the running bot, ", end="")


def _rasa_fingerprint(embedding: str) -> str:
    digest = hashlib.sha256(embedding.encode())
    for file in rasa_inputs():
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def rasa_inputs() -> list[Path]:
    """The files that decide what Rasa learns, sorted."""
    paths = (ROOT / entry for entry in RASA_INPUTS)
    # What a folder holds beside files is nothing to read. A file that is named above must be there: reading it says so.
    files = (file for path in paths for file in (filter(Path.is_file, path.rglob("*")) if path.is_dir() else (path,)))
    # Hidden ones are locks and drafts of editors, which Rasa does not read either.
    return sorted(file for file in files if file.suffix in (".yml", ".yaml", ".py") and not file.name.startswith("."))


def _in_use(registry: Registry, part: str, print_: str) -> bool:
    champion = registry.intact(part)
    return champion is not None and champion.card.get("fingerprint") == print_
