"""What can go wrong that the person practicing can put right.

Each is shown as one sentence with a next step, without a traceback::

    VoicecoachError
    ├── UsageError         an option or argument that cannot be
    ├── PromptsError       a file in prompts/ that is not as it must be
    ├── SettingsError      a settings.toml that is not as it must be
    ├── RecordingError     a file that cannot be read as a recording
    ├── HandInError        an answer handed in where none is awaited
    ├── MicrophoneError    no microphone, or one that stopped
    │   └── NoMicrophone   nothing to record from at all
    ├── VoiceError         a line that the voice did not deliver
    ├── HistoryError       what was practiced before cannot be read or kept
    └── WeightsError       Whisper's weights are not here, or an engine is not

A mistake of ours is not in this family and keeps its traceback.
"""


class VoicecoachError(Exception):
    """A sentence for the person practicing: what is wrong and what to do."""


class UsageError(VoicecoachError):
    """An option or argument that cannot be."""


class PromptsError(VoicecoachError):
    """A file in prompts/ that is not as it must be: file, key and what to do."""


class SettingsError(VoicecoachError):
    """A settings.toml that is not as it must be: file, key and what to do."""


class RecordingError(VoicecoachError):
    """A file that cannot be read as a recording."""


class HandInError(VoicecoachError):
    """An answer handed in where none is awaited, or where one was handed in already."""


class MicrophoneError(VoicecoachError):
    """A microphone that cannot be opened, or that stopped."""


class NoMicrophone(MicrophoneError):
    """Nothing to record from at all."""


class VoiceError(VoicecoachError):
    """A line that the voice did not deliver, or that could not be played."""


class HistoryError(VoicecoachError):
    """What was practiced before cannot be read, or what is new cannot be kept."""


class WeightsError(VoicecoachError):
    """Whisper's weights, or the engine that reads them, are not on this machine."""
