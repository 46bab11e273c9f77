"""The nouns: what is measured (catalogue) and what was reported (observations). Nothing here reads or draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from metrics.number import Qualifier
from metrics.period import Period, length

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
Month = Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]


UNALLOCATED = "unallocated"  # region of what a file gives to no 街镇 (其他)


class Kind(StrEnum):
    """What a figure is, and so how it adds up over time and over 街镇."""

    FLOW = "flow"
    CUMULATIVE = "cumulative"
    STOCK = "stock"
    RATIO = "ratio"
    COUNTDOWN = "countdown"
    MILESTONE = "milestone"
    GRADE = "grade"


def alike(one: Period, other: Period, kind: Kind) -> bool:
    """Whether figures of the two periods can be compared: equally long or, unless it is counted anew, begun on the same day."""
    since = kind is not Kind.FLOW and one.start == other.start
    return since or length(one) == length(other)


class Polarity(StrEnum):
    """Which way is good; `none` for counts of work done, where more is not better."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class PeriodType(StrEnum):
    """The standard period that one figure of the indicator stands for."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


class Frequency(StrEnum):
    """How often the indicator is reported."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"


class State(StrEnum):
    """How far a milestone is; the words are those of the notice's own field."""

    NOT_STARTED = "未开始"
    PLANNED = "计划中"
    ONGOING = "进行中"
    MOSTLY_DONE = "基本完成"
    DONE = "已完成"
    STANDING = "长期坚持"
    NOT_SAID = "未说明"


class Status(StrEnum):
    """What the board says of a figure against its target, or of a milestone against its date."""

    MET = "已达标"
    ON_SCHEDULE = "达到序时"
    BEHIND = "滞后"
    FAR_BEHIND = "严重滞后"
    MISSED = "未达标"
    OVERDUE = "逾期"
    DUE_UNREPORTED = "已到期，未报进展"
    UNDECIDED = "无法判定"
    NO_TARGET = "未设目标"
    NO_DATA = "无数据"


class TargetForm(StrEnum):
    """`standing` holds on every day; `deliverable` is judged against a schedule up to a due date."""

    STANDING = "standing"
    DELIVERABLE = "deliverable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the figure should be, and where that is written.

    basis       the sentence, rule or order it comes from; without one there is no target
    valid_from  first day it applies, None when the basis gives none; valid_to likewise
    baseline    of a deliverable: the figure on `baseline_date`, from which progress counts
    due         of a deliverable: the day by which it is owed
    plan        of a deliverable: planned figure at the end of a month, else the schedule is linear
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    form: TargetForm
    value: Decimal
    basis: str
    valid_from: date | None = None
    valid_to: date | None = None
    baseline: Decimal | None = None
    baseline_date: date | None = None
    due: date | None = None
    plan: dict[Month, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day from which the figures come about in another way: marked on every chart over time.

    what    the words beside the mark, as 改用新称重系统
    rebase  mean, limits, runs and projections begin anew with the first period that ends on or after that day
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    on: date
    what: str
    rebase: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """This indicator counts a subset of `whole` and is never added to it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    type: Literal["part-of"]
    whole: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """This indicator is what is left: total - done, or denominator - numerator of the ratio `of`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    type: Literal["remaining"]
    total: Code | None = None
    done: Code | None = None
    of: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """This ratio has the two other indicators as its parts."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    type: Literal["rate"]
    numerator: Code
    denominator: Code


Relation = Annotated[PartOf | Remaining | Rate, Field(discriminator="type")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A duty that comes back: every month, or every year by a day written MM-DD."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    every: Literal["month", "year"]
    by: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One entry of the catalogue: what is measured or to be done, how often, and which way is good.

    code         never renamed, never reused: every stored figure points at it
    unit         printed after the value: "%", "处", "公里"
    decimals     digits printed, and the precision at which the value is judged
    minimum      least value that can be true; maximum the greatest; None where there is no bound
    period_type  the standard period that one figure stands for
    department   code of the responsible department; None prints 责任科室未设
    frequency    None when nobody has laid down how often it is reported; then nothing is called 未报
    due_day      day of the following month by which it is reported
    changes      days from which its figures come about in another way, oldest first
    derived      computed by the program from `relations`, never reported
    headline     drawn large on its theme's page and named on the overview
    campaign     code of the theme's campaign that it is a part of
    aliases      other names that find it in an uploaded file
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: Code
    name: str
    kind: Kind
    unit: str = ""
    polarity: Polarity = Polarity.NONE
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    period_type: PeriodType = PeriodType.MONTH
    definition: str = ""
    department: Code | None = None
    reported_by: Literal["district", "streets"] | tuple[str, ...] = "district"
    frequency: Frequency | None = None
    due_day: Annotated[int, Field(ge=1, le=31)] | None = None
    targets: tuple[Target, ...] = ()
    changes: tuple[Change, ...] = ()
    relations: tuple[Relation, ...] = ()
    recurrence: Recurrence | None = None
    derived: bool = False
    headline: bool = False
    campaign: Code | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Work whose parts are counted side by side, drawn as ranked bars of one unit."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: Code
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One theme of urban governance: a page, and the indicators on it in reading order."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: Code
    title: str
    short: str
    indicators: tuple[Indicator, ...]
    campaigns: tuple[Campaign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department that answers for indicators."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    code: Code
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whose board this is; `code` and `district` name the region that stands for the total (全区)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    short: str
    district: str
    code: Annotated[str, Field(pattern=r"^\d{6}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Percentage points behind schedule: under `behind` is 达到序时, over `far_behind` is 严重滞后."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    behind: Decimal = Decimal(10)
    far_behind: Decimal = Decimal(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPlan:
    """Where back-ups go, and when one is made without being asked for.

    folder    relative to config.yaml; "" for backups/ beside the store. Better on another disk
    daily_at  HH:MM in Beijing; None for never
    keep      how many of those named after their time stay; older ones are removed after the daily one
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    folder: str = ""
    daily_at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = "02:30"
    keep: Annotated[int, Field(ge=1)] = 14


class Review(StrEnum):
    """Whether a second person looks at a release before readers see it."""

    OFF = "off"
    REQUIRED = "required"


class Reading(StrEnum):
    """Who may look at the figures."""

    OPEN = "open"
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenId:
    """An OpenID provider at which people sign in. The client secret is the environment's KPI_OIDC_SECRET and never stands here.

    issuer      as the provider writes it in issuer/.well-known/openid-configuration: https, http on this computer only
    client_id   what the provider calls this board
    name_claim  the claim that names the account; one that nobody can change for themselves at the provider
    label       words of the link on the sign-in page
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    issuer: Annotated[
        str,
        Field(pattern=r"^(https://[^\s/?#@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)(/[^\s?#]*)?$"),
    ]
    client_id: Annotated[str, Field(min_length=1)]
    name_claim: Annotated[str, Field(min_length=1)] = "preferred_username"
    label: Annotated[str, Field(min_length=1, max_length=40)] = "统一认证登录"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who may look, and how people sign in. Writing always needs an account.

    reading      open: whoever reaches the board; signed-in: accounts only
    hours        after which a session ends, however busy it is
    proxies      addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed
    user_header  header in which such a proxy names the account that it has signed in; None: no proxy signs anybody in
    oidc         an OpenID provider at which people may sign in too; None: there is none
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    reading: Reading = Reading.OPEN
    hours: Annotated[int, Field(ge=1, le=168)] = 12
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    user_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")] | None = None
    oidc: OpenId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A 街道 or 镇, or the district as a whole (kind 全区).

    tile  row and column of its place on the tile map, from 0 at the top left; None where it has none
    """

    code: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    tile: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One reported figure or milestone state, as a release says it.

    value        NULL for a range, for a milestone, and for a ratio given by its parts alone
    lower/upper  what the writing itself allows; NULL where it sets no limit
    written      as it was written (超80%); NULL where the text has no word for the figure itself
    obs_status   SDMX code, "A" for a normal value; others in the SDMX list say why one is missing
    state        of a milestone its `State`, of a grade the grade as written
    inferred     which of "period_start", "period_end" the program inferred and the text does not say
    paragraph    of a notice: which paragraph the quote stands in, counted from 1; NULL for files
    file_no      of a file: which file of the release, counted from 1; with sheet (None for CSV), source_row (the number
                 that Excel shows), source_cell (E7) and cell_text (what stands there) its place in it
    """

    indicator: str
    region: str
    period: Period
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    qualifier: Qualifier = Qualifier.EXACT
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    written: str | None = None
    obs_status: str = "A"
    state: str | None = None
    planned: Period | None = None
    expected: Period | None = None
    actual: Period | None = None
    inferred: tuple[str, ...] = ()
    quote: str | None = None
    paragraph: int | None = None
    note: str | None = None
    file_no: int | None = None
    sheet: str | None = None
    source_row: int | None = None
    source_cell: str | None = None
    cell_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """A file of a release; `content` is empty in listings.

    edits  JSON of the cells corrected in the browser; notes: what stands around the table, a line each
    """

    file_no: int
    name: str
    sha256: str
    size: int
    kind: str
    encoding: str | None = None
    delimiter: str | None = None
    sheets: str = ""
    edits: str | None = None
    notes: str | None = None
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the figures of a submission stand to those before it."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What one release would hold, before it is appended.

    source      code of the notice or kind of file it comes from
    known_from  when its figures became known: the notice's publication, else the time of upload
    sha256      of the bytes it was read from; the same bytes are appended once
    waits       it is 初报: readers see it once a second person has approved it
    """

    source: str
    title: str
    file: str
    sha256: str
    by: str
    known_from: datetime
    observations: tuple[Observation, ...]
    reason: str | None = None
    files: tuple[ReleaseFile, ...] = ()
    counts: Counts | None = None
    answers: str | None = None
    verified: bool | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How somebody came to write.

    door      terminal, web, or program for what nobody asked for
    verified  whether the name is an account that may do it
    address   from where, None at a terminal; os_user: user of the operating system, None on the web
    """

    door: str
    verified: bool = False
    address: str | None = None
    os_user: str | None = None


PROGRAM = Origin(door="program")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something, when, and how they came."""

    at: datetime
    by: str
    origin: Origin = PROGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One accepted submission; `withdrawn` while its last event withdraws it.

    replaced   withdrawn because a newer reading of the same notice took its place
    waiting    初报: nobody has approved it yet; returned: somebody sent it back, and it counts for nobody
    verified   whether sign-in knows that `by` is this person; None for what the program wrote itself
    new_count  figures without a value before, revised_count and unchanged_count the others; None for a notice
    answers    JSON of what was asked about its files and the answers; None where nothing was
    """

    release_id: int
    source: str
    title: str
    file: str
    sha256: str
    by: str
    known_from: datetime
    received_at: datetime
    reason: str | None
    observations: int
    withdrawn: bool
    replaced: bool
    waiting: bool = False
    returned: bool = False
    new_count: int | None = None
    revised_count: int | None = None
    unchanged_count: int | None = None
    answers: str | None = None
    verified: bool | None = None

    @property
    def taken_back(self) -> bool:
        """Whether a person withdrew it."""
        return self.withdrawn and not self.replaced and not self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEvent:
    """Something that happened to a release after it was accepted: withdraw, restore, replace, await, approve or return.

    verified  whether `by` is an account that may do it; None where nobody looked
    """

    event_id: int
    release_id: int
    event: str
    at: datetime
    by: str
    reason: str | None
    verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody wrote about an indicator in a month, in one version; it never changes a figure.

    comment_id  0 before it is stored
    period_end  last day of the month
    what        what happened; doing: what is being done, "" where nothing is said of it; by_when: until which day
    withdrawn   a version that takes the one before it back and says nothing itself
    verified    whether sign-in knows that `by` is this person
    reason      why the version before was changed or withdrawn; None for a first one
    """

    comment_id: int = 0
    indicator: str
    region: str
    period_end: date
    what: str
    doing: str
    by_when: date | None
    withdrawn: bool = False
    by: str
    verified: bool = False
    at: datetime
    reason: str | None = None

    @property
    def said(self) -> tuple[str, str, date | None, bool]:
        """All that a reader sees of it."""
        return self.what, self.doing, self.by_when, self.withdrawn
