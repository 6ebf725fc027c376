"""Why a trained model cannot be used.

ModelError
├── BundleError               the files are not what they claim to be, or do not fit this code
├── EncoderError              the sentence encoder is missing or is another one
└── RegistryError             the registry refused
    └── RegistryUnavailableError  the registry cannot be reached
"""


class ModelError(Exception):
    """The base: a sentence that says what is wrong and where."""


class BundleError(ModelError):
    """The files of a model version are not what they claim to be, or do not fit this code."""


class EncoderError(ModelError):
    """The sentence encoder is missing or is not the one asked for."""


class RegistryError(ModelError):
    """The registry answered, but cannot do what was asked."""


class RegistryUnavailableError(RegistryError):
    """The registry cannot be reached; the service goes on without it."""
