"""Documents that the tests of this folder share, and where Amazon's schemas and old recordings lie."""

import os
import random
from pathlib import Path

import pytest

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
FORM_NS = BASE + "2005-10-01/QuestionForm.xsd"


def seeded(seed):
    """Repeatable choices for a test."""
    return random.Random(seed)  # noqa: S311 - no secret is made of it


def form(body, namespace=FORM_NS):
    return f'<QuestionForm xmlns="{namespace}">{body}</QuestionForm>'


def overview(content):
    return form(f"<Overview>{content}</Overview>")


def question(answer, identifier="q1", required="true", name=""):
    return (
        f"<Question><QuestionIdentifier>{identifier}</QuestionIdentifier>"
        f"{f'<DisplayName>{name}</DisplayName>' if name else ''}<IsRequired>{required}</IsRequired>"
        f"<QuestionContent><Text>What?</Text></QuestionContent>"
        f"<AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def free_text(constraints="", rest=""):
    return f"<FreeTextAnswer><Constraints>{constraints}</Constraints>{rest}</FreeTextAnswer>"


def selection(*identifiers, before="", other=""):
    options = "".join(
        f"<Selection><SelectionIdentifier>{i}</SelectionIdentifier><Text>{i}</Text></Selection>" for i in identifiers
    )
    return f"<SelectionAnswer>{before}<Selections>{options}{other}</Selections></SelectionAnswer>"


UPLOAD = (
    "<FileUploadAnswer><MaxFileSizeInBytes>3000</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>10</MinFileSizeInBytes></FileUploadAnswer>"
)
BINARY = (
    "<Binary><MimeType><Type>image</Type><SubType>gif</SubType></MimeType>"
    "<DataURL>http://example.com/board.gif</DataURL><AltText>the board</AltText></Binary>"
)
PARAMETER = "<ApplicationParameter><Name>game</Name><Value>1523</Value></ApplicationParameter>"
EMBEDDED = (
    "<EmbeddedBinary><EmbeddedMimeType><Type>video</Type><SubType>mpeg</SubType></EmbeddedMimeType>"
    "<DataURL>https://example.com/v.mpg</DataURL><AltText>a film</AltText><Width>400</Width><Height>300px</Height>"
    f"{PARAMETER}</EmbeddedBinary>"
)
FLASH = (
    "<Application><Flash><FlashMovieURL>http://example.com/m.swf</FlashMovieURL><Width>10</Width>"
    f"<Height>20</Height>{PARAMETER}</Flash></Application>"
)
APPLET = (
    "<Application><JavaApplet><AppletPath>http://example.com/</AppletPath><AppletFilename>V.class</AppletFilename>"
    f"<Width>wide</Width><Height>20</Height>{PARAMETER}</JavaApplet></Application>"
)
CONTENT = (
    "<Title>Game</Title><Text>A board</Text><List><ListItem>one</ListItem><ListItem>two</ListItem></List>"
    f"{BINARY}{EMBEDDED}{FLASH}{APPLET}"
    "<FormattedContent><![CDATA[<p>Bold <b>and <i>more</i></b><br/></p>]]></FormattedContent>"
)
FULL_FORM = form(
    f"<Overview>{CONTENT}</Overview>"
    + question(
        free_text(
            '<IsNumeric minValue="1" maxValue="99"/><Length minLength="1" maxLength="2"/>'
            '<AnswerFormatRegex regex="^[0-9]+$" flags="i" errorText="Digits, please."/>',
            "<DefaultText>7</DefaultText><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion>",
        ),
        name="The number",
    )
    + question(
        selection(
            "a",
            "b",
            "c",
            before="<MinSelectionCount>1</MinSelectionCount><MaxSelectionCount>2</MaxSelectionCount>"
            "<StyleSuggestion>checkbox</StyleSuggestion>",
            other="<OtherSelection><DefaultText>else</DefaultText></OtherSelection>",
        ),
        "q2",
    )
    + question(UPLOAD, "q3", "false")
)
KEY_NS = BASE + "2005-10-01/AnswerKey.xsd"


def answer_key(mapping="", *, options=(("a", 10), ("b", 5)), default=None, identifier="q1"):
    listed = "".join(
        "<AnswerOption>"
        + "".join(f"<SelectionIdentifier>{i}</SelectionIdentifier>" for i in chosen)
        + f"<AnswerScore>{points}</AnswerScore></AnswerOption>"
        for chosen, points in options
    )
    return (
        f'<AnswerKey xmlns="{KEY_NS}"><Question><QuestionIdentifier>{identifier}</QuestionIdentifier>{listed}'
        f"{'' if default is None else f'<DefaultScore>{default}</DefaultScore>'}</Question>"
        f"{f'<QualificationValueMapping>{mapping}</QualificationValueMapping>' if mapping else ''}</AnswerKey>"
    )


def external(url="https://example.com/", height="400"):
    return (
        f'<ExternalQuestion xmlns="{BASE}2006-07-14/ExternalQuestion.xsd"><ExternalURL>{url}</ExternalURL>'
        f"<FrameHeight>{height}</FrameHeight></ExternalQuestion>"
    )


def html(content, height="0"):
    return (
        f'<HTMLQuestion xmlns="{BASE}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[{content}]]></HTMLContent>'
        f"<FrameHeight>{height}</FrameHeight></HTMLQuestion>"
    )


def shared(*parts):
    """A folder or file of the reference data beside the project; skips the test where it is not at hand."""
    default = Path(__file__).resolve().parents[3].parent / "shared"
    folder = os.environ.get("LEGACY_CONTRACT_DIR")
    candidates = [Path(folder), Path(folder).parent] if folder else [default]
    for candidate in candidates:
        for path in (candidate.joinpath(*parts), candidate.joinpath(*parts[1:])):
            if path.exists() and len(parts) > 1:
                return path
    pytest.skip(f"the reference data {'/'.join(parts)} is not at hand (LEGACY_CONTRACT_DIR)")
