"""Words typed with the marks of an input method left raw, and other slips of the keyboard.

Telex writes marks as letters ("hoof sow" = hồ sơ), VNI as digits ("ho62 so7"); when the method is
off they stay (domain 7). Only a word that is no Vietnamese syllable is touched, so "vow" or "xaa"
change and "cos" in a name of a company at worst loses a letter nobody searches for.
"""

from __future__ import annotations

import re

from procedures.language.word_lists import words

_ONSET = r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnpqrstvx])?"
#: Every rime of the language, folded; "oong" (xoong) is more often a raw "ông".
_RIMES = words(
    "a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich "
    "iec iem ien ieng iep iet ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh "
    "oao oap oat oay oc oe oen oeo oet oi om on ong op ot u ua uan uang uat uay uc ue uech "
    "uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet "
    "uynh uyt uyu y yem yen yeng yet yeu"
)
_RIME = rf"(?:{'|'.join(sorted(_RIMES, key=len, reverse=True))})"
_SYLLABLE = re.compile(_ONSET + _RIME)
_VNI = re.compile(r"(?<=[a-z])[1-9]+")
_DOUBLED_END = re.compile(r"([a-z])\1+$")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_TELEX_PAIR = re.compile(r"aa|ee|oo|dd")
_TELEX_TONE = re.compile(r"(?<=[aeiouy])[fsrxj](?=[a-z]*$)")


def is_syllable(word: str) -> bool:
    """Whether a folded word has the shape of a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(word) is not None


def unmarked(word: str) -> str:
    """The folded word without raw marks: "hoof" -> "ho", "so7" -> "so", "giayy" -> "giay".

    A word that is a syllable already, or that makes none whatever is taken away, stays as it is.
    """
    if is_syllable(word) or len(word) > 12:
        return word
    for made in (_VNI.sub("", word), _telex(word), _telex(_VNI.sub("", word))):
        if made != word and is_syllable(made):
            return made
    shorter = _DOUBLED_END.sub(r"\1", _LONG_RUN.sub(r"\1", word))
    if is_syllable(shorter):
        return shorter
    made = _telex(shorter)
    return made if is_syllable(made) else word


def _telex(word: str) -> str:
    plain = _TELEX_PAIR.sub(lambda pair: pair[0][0], word).replace("w", "")
    if plain != word and is_syllable(plain):
        return plain
    # "ruwowngf": the tone key may stand behind the vowel or at the end; one a syllable.
    for tone in reversed(list(_TELEX_TONE.finditer(plain))):
        bare = plain[: tone.start()] + plain[tone.end() :]
        if is_syllable(bare):
            return bare
    if plain[-1:] in "fsrxj" and is_syllable(plain[:-1]):
        return plain[:-1]
    return _vowel_again(plain)


def _vowel_again(plain: str) -> str:
    """A circumflex typed at the end: "hoan" stays, "giayas" -> "giay", "dienje" -> "dien"."""
    tone_free = re.sub(r"(?<=[aeiouy])[fsrxj]|[fsrxj]$", "", plain)
    for vowel in "aeod":
        if plain.endswith(vowel) or tone_free.endswith(vowel):
            bare = tone_free[:-1]
            if vowel in bare and is_syllable(bare):
                return bare
    end = re.sub(r"([fsrxj])?d$", "", tone_free)
    return end if end != tone_free and end.startswith("d") and is_syllable(end) else tone_free
