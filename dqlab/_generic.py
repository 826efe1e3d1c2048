"""How dqlab compiles and caches: two decorators, ``jit`` and ``generic``.

Nothing outside this file knows numba's cache. Nothing is compiled when dqlab is imported.
"""

import functools
import hashlib
import inspect
import threading
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numba
from numba.core import types
from numba.core.caching import FunctionCache
from numba.core.errors import NumbaIRAssumptionWarning
from numba.extending import overload

# numba doubts its own bookkeeping where a verb with a branch is inlined; what it compiles there is right (the contracts test it).
warnings.filterwarnings("ignore", category=NumbaIRAssumptionWarning)

_HERE = Path(__file__).parent
_unchecked = ContextVar("dqlab_unchecked", default=False)


def _digest_of_sources(folder=_HERE):
    """Digest of every source file of dqlab: the stamp that all compiled kernels carry."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


SOURCE_DIGEST = _digest_of_sources()


class _Cache(FunctionCache):
    """numba's disk cache, stamped with all of dqlab's sources.

    numba stamps a compiled function with its own file alone, so an edit in a file that it calls would leave a stale kernel
    in use. A specialisation for a class that lives outside dqlab (a learner's quantizer) is kept in memory only, because
    no stamp here can follow that class's source.
    """

    def __init__(self, py_func):
        super().__init__(py_func)
        self._cache_file._source_stamp = (SOURCE_DIGEST, self._cache_file._source_stamp[1])
        # The version is compared before the rest is read, which names classes that another version may have elsewhere.
        self._cache_file._version = f"{self._cache_file._version} {SOURCE_DIGEST}"

    def save_overload(self, sig, data):
        if not any(_is_foreign(argument) for argument in sig):
            super().save_overload(sig, data)


def _is_foreign(numba_type):
    """Whether a numba type is, or holds, a NamedTuple defined outside dqlab."""
    if isinstance(numba_type, types.BaseNamedTuple) and not numba_type.instance_class.__module__.startswith("dqlab."):
        return True
    return isinstance(numba_type, types.BaseTuple) and any(_is_foreign(field) for field in numba_type)


def jit(function=None, *, parallel=False, inline="never", fastmath=False):
    """Compile a function on its first call, without the GIL, cached on disk.

    Parameters
    ----------
    function : callable
        A function in the part of Python that numba compiles.
    parallel : bool
        Whether ``prange`` runs on all cores.
    inline : {"never", "always"}
        Whether numba copies the source into its callers.
    fastmath : bool or set
        Which liberties arithmetic may take. Never any in an encoder: it can move a rounding cell.

    Returns
    -------
    callable
        The compiled function; ``.py_func`` is the source, uncompiled.

    Examples
    --------
    >>> from dqlab import jit
    >>> @jit
    ... def double(x):
    ...     return 2 * x
    >>> double(4)
    8
    """
    if function is None:
        return functools.partial(jit, parallel=parallel, inline=inline, fastmath=fastmath)
    compiled = numba.njit(nogil=True, error_model="numpy", parallel=parallel, inline=inline, fastmath=fastmath)(
        function
    )
    if numba.config.DISABLE_JIT:
        return compiled
    try:
        compiled._cache = _Cache(function)
    except RuntimeError:  # a function typed at a prompt has no file to cache beside
        pass
    return compiled


_cores = threading.Lock()


def on_cores(parallel, serial, many, *arguments):
    """Call `parallel` where there is `many` to do and no other thread is in here, else `serial`, which does the same.

    The simplest of numba's threading layers, which is the only one on some machines, ends the process when two threads
    enter it; and where another thread has all cores already, there is nothing to gain.
    """
    if many and _cores.acquire(blocking=False):
        try:
            return parallel(*arguments)
        finally:
            _cores.release()
    return serial(*arguments)


def plain(function):
    """The uncompiled source of a jitted function (the function itself where nothing is compiled)."""
    return getattr(function, "py_func", function)


@contextmanager
def unchecked():
    """Within this block verbs skip their checks, as they do in compiled code, and call their kernels' Python source."""
    token = _unchecked.set(True)
    try:
        yield
    finally:
        _unchecked.reset(token)


class Verb:
    """A function that dispatches on the class of its first argument, in Python and in compiled code alike."""

    def __init__(self, stub):
        functools.update_wrapper(self, stub)
        self._stub = stub
        self._kernels = {}
        self._python_only = set()
        self._resolved = set()
        signature = inspect.signature(stub)
        compiled_parameters = [p for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
        self._compiled_signature = signature.replace(parameters=compiled_parameters)
        overload(self, strict=False, inline="always")(self._overload)

    def __call__(self, *args, **kwargs):
        if _unchecked.get():
            bound = self._compiled_signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return plain(self.kernel(bound.args[0]))(*bound.args)
        return self._stub(*args, **kwargs)

    def register(self, cls, compiled=True):
        """Decorator: this function is what the verb does for instances of `cls`.

        With ``compiled=False`` the function stays plain Python, and so does every algorithm that meets it. A function that
        `jit` has been applied to already is taken as it is.
        """

        if compiled and cls is not object and not (issubclass(cls, tuple) and hasattr(cls, "_fields")):
            raise TypeError(
                f"{self.__name__}.register: compiled code takes NamedTuples, and {cls.__name__} is none; "
                f"make it one, or register with compiled=False"
            )

        def add(function):
            if cls in self._resolved:
                raise ValueError(
                    f"{self.__name__}.register: compiled code already uses the old {self.__name__} of {cls.__name__}; "
                    f"define the class {cls.__name__} again (run its cell) and then register"
                )
            self._kernels[cls] = jit(function) if compiled and not hasattr(function, "py_func") else function
            self._python_only.discard(cls) if compiled else self._python_only.add(cls)
            return self._kernels[cls]

        return add

    def kernel(self, subject):
        """The function that serves the class of `subject` (an instance)."""
        cls = self._class_of(type(subject))
        if cls is None:
            known = ", ".join(sorted(c.__name__ for c in self._kernels)) or "none yet"
            raise TypeError(
                f"{self.__name__}: {type(subject).__name__} has no kernel for it; known classes: {known}. "
                f"Remedy: @{self.__name__}.register({type(subject).__name__})"
            )
        return self._kernels[cls]

    @property
    def classes(self):
        """The classes that have a kernel of their own for this verb."""
        return tuple(self._kernels)

    def has(self, subject):
        """Whether the class of `subject` has a kernel for this verb."""
        return self._class_of(type(subject)) is not None

    def is_compiled(self, subject):
        """Whether the kernel for `subject` runs in compiled code."""
        cls = self._class_of(type(subject))
        return cls is not None and cls not in self._python_only and not numba.config.DISABLE_JIT

    def _class_of(self, subclass):
        return next((cls for cls in subclass.__mro__ if cls in self._kernels), None)

    def _overload(self, *args, **kwargs):
        if not isinstance(args[0], types.BaseNamedTuple):
            return None
        cls = self._class_of(args[0].instance_class)
        if cls is None or cls in self._python_only:
            return None
        self._resolved.add(cls)
        return self._with_defaults(self._kernels[cls])

    def _with_defaults(self, kernel):
        """`kernel` behind the verb's own signature, so that compiled code may leave out arguments with a default."""
        names = ", ".join(self._compiled_signature.parameters)
        scope = {"kernel": kernel}
        exec(f"def {self.__name__}{self._compiled_signature}:\n    return kernel({names})", scope)
        return scope[self.__name__]


def generic(stub):
    """Make a verb: `stub` is its documentation and its Python layer (checks, then ``verb.kernel(subject)(...)``)."""
    return Verb(stub)
