"""What can be wrong with staged rows, one rule each: a query for the offending places, and words for the sender.

A rule's query returns `id` (of the raw row) and the names that its message uses. To refuse a new kind of mistake, add
a rule here and one broken example beside it in the tests.

$today       the day of the check          $reason   the reason given for a revision, NULL for none
txt(x)       a decimal without its zeros   region    code and name of every 街镇, the district and 未分配
earlier      for each staged row, the figure of the period before it (from this file or the store)
current      what the store holds now for the keys of the file
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.intake.column import Role
from metrics.intake.finding import Severity

DETAIL = "{region}{name}{shown}有{number}行（明细），数值各不相同。"
SUM_UP = "同一街镇同一期间请先汇总成一行。"
ERROR, ASK, WARNING = Severity.ERROR, Severity.ASK, Severity.WARNING
OF_WHOLE = "staged WHERE region IN (SELECT code FROM region WHERE whole)"
NUMBERS = "kind NOT IN ('milestone', 'grade')"
# 为3月数据, 以上数据为3月数。
OF_A_MONTH = (
    "(?:^|[：:，,])(?:本行|此行|该行|以上|本表|表内|上述)?(?:数据|数字|数)?[均都]?[为是系]?"
    "(?:[0-9]{4}年)?([0-9]{1,2})月份?的?(?:数据|数字|数|累计数)[。.]?$"
)
PAIRS = "raw WHERE span IN ('month+', 'cumulative+')"
# 本月数 beside 累计数 of one row, and whether each holds a figure.
PAIRED = f"""
    SELECT m.id AS month_id, c.id AS total_id, m.row, i.name, i.kind, coalesce(m.value, m.state) AS month, coalesce(c.value, c.state) AS total,
        m.value IS NOT NULL AND NOT coalesce(fm.missing, false) AS of_month, c.value IS NOT NULL AND NOT coalesce(fc.missing, false) AS of_total
    FROM (FROM {PAIRS}) m JOIN (FROM {PAIRS}) c ON m.span = 'month+' AND c.span = 'cumulative+' AND m.sheet_no = c.sheet_no AND m.row = c.row
        AND m.fixed IS NOT DISTINCT FROM c.fixed AND m.period IS NOT DISTINCT FROM c.period
    JOIN pointed p ON p.id = m.id JOIN indicator i ON i.code = p.indicator
    LEFT JOIN figured fm ON fm.indicator = i.code AND fm.text = m.value AND fm."limit" IS NOT DISTINCT FROM m.qualifier
    LEFT JOIN figured fc ON fc.indicator = i.code AND fc.text = c.value AND fc."limit" IS NOT DISTINCT FROM c.qualifier"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of mistake.

    role   the column that is at fault; None for a whole row
    needs  a table, or rows of one, without which the rule cannot be broken; it is then not asked
    """

    code: str
    severity: Severity
    sql: str
    message: str
    fix: str = ""
    role: Role | None = None
    needs: str | None = None


PLACES = (
    Rule(
        code="region-missing", severity=ERROR, role=Role.REGION,
        sql="SELECT min(id) AS id, row FROM raw WHERE region IS NULL GROUP BY sheet_no, row",
        message="第{row}行街镇为空。", fix="请填街镇名称；全区数据请写“全区”。",
    ),
    Rule(
        code="period-missing", severity=ERROR, role=Role.PERIOD,
        sql="SELECT min(id) AS id, row FROM raw WHERE period IS NULL GROUP BY sheet_no, row",
        message="第{row}行期间为空。", fix="请填期间，如2023年4月。",
    ),
    Rule(
        code="example-row", severity=ERROR,
        sql="""SELECT min(id) AS id, row FROM raw WHERE label IN ('例', '示例', '样例', '范例', '举例', '填报示例', '例：', '例:')
            AND coalesce(value, numerator, denominator, state) IS NOT NULL GROUP BY sheet_no, row""",
        message="第{row}行是填报示例，不是要上报的数。", fix="请删去这一行；如果确是要上报的数，请改正行首的字。",
    ),
    Rule(
        code="detail-rows", severity=ERROR, role=Role.VALUE, needs="crowded",
        sql="SELECT * FROM crowded", message=DETAIL, fix=SUM_UP,
    ),
    Rule(
        code="sub-item", severity=WARNING, role=Role.NAME,
        sql="SELECT min(id) AS id, row FROM raw WHERE sub AND id IN (SELECT id FROM pointed) GROUP BY sheet_no, row",
        message="第{row}行是“其中”项，不与总数相加。", fix="",
    ),
    Rule(
        code="sub-item", severity=WARNING, role=Role.NAME,
        sql="SELECT min(id) AS id, row FROM raw WHERE sub AND id NOT IN (SELECT id FROM pointed) GROUP BY sheet_no, row",
        message="第{row}行是“其中”项，不是看板上的指标，未入库。", fix="如需入库，请写指标的全称。",
    ),
    Rule(
        code="formula-text", severity=WARNING, role=Role.NOTE,
        sql="SELECT id, row FROM raw WHERE regexp_matches(note, '^[\\s]*[=+@＝＋＠-]') OR regexp_matches(note, '^[\\s]*－')",
        message="第{row}行备注以公式符号开头，按文字原样保存，导出时会使它失效。",
    ),
    Rule(
        code="unit-mismatch", severity=ERROR, role=Role.UNIT, needs="written_unit",
        sql="""SELECT min(r.id) AS id, r.unit AS found, i.unit AS expected, i.name FROM raw r JOIN pointed p USING (id)
            JOIN indicator i ON i.code = p.indicator JOIN written_unit w ON w.text = r.unit
            WHERE w.units <> [''] AND i.unit <> '' AND NOT list_contains(w.units, i.one_unit)
            GROUP BY r.sheet_no, r.unit, i.unit, i.name, CASE WHEN r.fixed IS NULL THEN r.id END, CASE WHEN r.fixed IS NOT NULL THEN r.letter END""",
        message="单位“{found}”与指标单位“{expected}”不符。", fix="请核对指标和单位，按“{expected}”填报。",
    ),
    Rule(
        code="cumulative-for-flow", severity=ERROR, role=Role.VALUE,
        sql="""SELECT r.id FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator
            WHERE r.span = 'cumulative' AND i.kind = 'flow' AND coalesce(r.value, '') <> ''""",
        message="该指标按当月值填报，表内为累计值。", fix="请填当月数。",
    ),
    Rule(
        code="month-for-cumulative", severity=ERROR, role=Role.VALUE,
        sql="""SELECT r.id FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator
            WHERE r.span = 'month' AND i.kind = 'cumulative' AND coalesce(r.value, '') <> ''""",
        message="该指标按累计值填报，列名说是当月值。", fix="请填年初以来的累计数，列名写成累计值。",
    ),
    Rule(
        code="month-for-cumulative", severity=ERROR, role=Role.VALUE,
        sql="""SELECT r.id FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator
            WHERE r.span = 'beside' AND i.kind = 'cumulative' AND coalesce(r.value, '') <> ''""",
        message="该指标按累计值填报，同表另有合计或累计列，这一列像是当月数。", fix="请填年初以来的累计数，列名写成累计值。",
    ),
    Rule(
        code="count-for-rate", severity=ERROR, role=Role.VALUE,
        sql="""SELECT r.id, r.value AS text FROM raw r JOIN pointed p USING (id) JOIN indicator i ON i.code = p.indicator
            WHERE r.span = 'count' AND i.kind = 'ratio' AND coalesce(r.value, '') <> '' AND NOT regexp_matches(r.value, '[%％/]')""",
        message="“{text}”在件数列，该指标是比率，没有总数算不出来。", fix="请同时填分子和分母，或在数值列填比率。",
    ),
    Rule(
        code="month-for-cumulative", severity=ERROR, role=Role.VALUE, needs=PAIRS,
        sql=f"SELECT month_id AS id, row FROM ({PAIRED}) WHERE kind = 'cumulative' AND of_month AND NOT of_total",
        message="该指标按累计值填报，第{row}行只填了本月数。", fix="请把年初以来的累计数填在累计那一列。",
    ),
    Rule(
        code="cumulative-for-flow", severity=ERROR, role=Role.VALUE, needs=PAIRS,
        sql=f"SELECT total_id AS id, row FROM ({PAIRED}) WHERE kind = 'flow' AND of_total AND NOT of_month",
        message="该指标按当月值填报，第{row}行只填了累计数。", fix="请把当月数填在本月那一列。",
    ),
    Rule(
        code="pair-differs", severity=ERROR, role=Role.VALUE, needs=PAIRS,
        sql=f"""SELECT total_id AS id, row, name, coalesce(month, '空') AS month, coalesce(total, '空') AS total FROM ({PAIRED})
            WHERE kind NOT IN ('flow', 'cumulative')
                AND coalesce(CAST(try_cast(month AS DECIMAL(18, 4)) AS VARCHAR), month)
                    IS DISTINCT FROM coalesce(CAST(try_cast(total AS DECIMAL(18, 4)) AS VARCHAR), total)""",
        message="第{row}行“{name}”本月列为{month}、累计列为{total}，分不清以哪一列为准。", fix="请只在一列里填这个指标，或把它单独放在一个“数值”列里。",
    ),
    Rule(
        code="quarter-for-cumulative", severity=ERROR, role=Role.PERIOD,
        sql="""SELECT r.id, d.shown, year(d."end") || '年1—' || month(d."end") || '月' AS since FROM raw r JOIN pointed p USING (id)
            JOIN indicator i ON i.code = p.indicator JOIN dated d ON d.sheet_no = r.sheet_no AND d.text = r.period
            WHERE i.kind = 'cumulative' AND r.span <> 'cumulative' AND coalesce(r.value, '') <> '' AND NOT d.cumulative
                AND month(d.start) > 1 AND date_diff('month', d.start, d."end") > 0""",
        message="该指标按年初以来的累计值填报，“{shown}”分不清是当季数还是累计数。", fix="请填年初以来的累计数，期间写成{since}。",
    ),
    Rule(
        code="units-differ", severity=ERROR, role=Role.NUMERATOR,
        sql="""SELECT min(id) AS id, coalesce(over, '') AS over, coalesce(under, '') AS under FROM (
                SELECT r.id, r.sheet_no, a.unit IS NOT NULL OR b.unit IS NOT NULL AS in_cell,
                    coalesce(a.unit, h.over) AS over, coalesce(b.unit, h.under) AS under
                FROM raw r JOIN sheet h USING (sheet_no) LEFT JOIN part_numerator a ON a.text = r.numerator
                    LEFT JOIN part_denominator b ON b.text = r.denominator WHERE r.numerator IS NOT NULL AND r.denominator IS NOT NULL)
            WHERE over <> under OR over = '%' OR under = '%' GROUP BY sheet_no, over, under, CASE WHEN in_cell THEN id END""",
        message="分子的单位“{over}”和分母的单位“{under}”不同。", fix="请把两数换算成同一个单位。",
    ),
    Rule(
        code="split-thousands", severity=ERROR, role=Role.VALUE,
        sql="""SELECT id, row, value AS text, note FROM raw
            WHERE regexp_full_match(value, '-?[0-9]{1,3}') AND regexp_full_match(note, '[0-9]{3}(\\.[0-9]+)?')""",
        message="第{row}行“{text}”和备注“{note}”疑似一个数 {text},{note} 被千分位逗号分开。", fix="请去掉千分位逗号；备注确为数字的，请加几个字。",
    ),
)  # fmt: skip

ROWS = (
    Rule(
        code="future-period", severity=ERROR, role=Role.PERIOD,
        sql="""SELECT id, shown FROM staged WHERE
            CASE WHEN cumulative OR kind = 'cumulative' THEN date_trunc('month', named_end) ELSE coalesce(named_start, named_end) END > $today""",
        message="报告期在未来：{shown}。", fix="请核对年份和月份；累计数请写到已统计的月份。",
    ),
    Rule(
        code="frequency", severity=ERROR, role=Role.PERIOD,
        sql="""SELECT s.id, s.shown, i.name, CASE s.frequency WHEN 'monthly' THEN '月' WHEN 'quarterly' THEN '季度'
                WHEN 'half-yearly' THEN '半年' ELSE '年' END AS expected
            FROM staged s JOIN indicator i ON i.code = s.indicator
            WHERE s.kind NOT IN ('milestone', 'cumulative') AND NOT day AND NOT cumulative AND date_diff('month', named_start, named_end) + 1 <>
                CASE s.frequency WHEN 'monthly' THEN 1 WHEN 'quarterly' THEN 3 WHEN 'half-yearly' THEN 6 WHEN 'yearly' THEN 12 END""",
        message="{name}按{expected}填报，表内期间为{shown}。", fix="请改成每{expected}一行。",
    ),
    Rule(
        code="cumulative-for-flow", severity=ERROR, role=Role.PERIOD,
        sql="""SELECT id FROM staged WHERE kind = 'flow' AND cumulative
            AND NOT coalesce(day(named_start) = 1 AND named_end = last_day(named_start), false)""",
        message="该指标按当月值填报，表内为累计值。", fix="请填当月数，期间写成2023年3月。",
    ),
    Rule(
        code="month-for-cumulative", severity=ERROR, role=Role.PERIOD,
        sql="""SELECT id, shown FROM staged WHERE kind = 'cumulative' AND cumulative
            AND day(named_start) = 1 AND month(named_start) > 1 AND named_end = last_day(named_start)""",
        message="该指标按累计值填报，{shown}只有一个月。", fix="请填年初以来的累计数，期间写成2023年1-4月。",
    ),
    Rule(
        code="note-month", severity=ERROR, role=Role.NOTE, needs="staged WHERE contains(note, '月')",
        sql="""SELECT min(id) AS id, row, note, shown FROM (SELECT *, TRY_CAST(regexp_extract(note, $re, 1) AS INTEGER) AS said
                FROM staged WHERE contains(note, '月')) WHERE said <> month(named_end) GROUP BY sheet_no, row, note, shown"""
        .replace("$re", f"'{OF_A_MONTH}'"),
        message="第{row}行备注写着“{note}”，期间却是{shown}。", fix="请改正期间或备注。",
    ),
    Rule(
        code="unallocated", severity=WARNING, role=Role.REGION,
        sql="SELECT id, e.region FROM staged s JOIN elsewhere e USING (id)",
        message="“{region}”不是街镇，按未分配入库，计入合计，不进地图。",
    ),
    Rule(
        code="several-unallocated", severity=ERROR, role=Role.REGION,
        sql="""SELECT max(s.id) AS id, string_agg(DISTINCT r.region, '”和“') AS said FROM staged s JOIN elsewhere r USING (id)
            GROUP BY s.indicator, s.period_start, s.period_end HAVING count(DISTINCT r.region) > 1""",
        message="“{said}”都是未分配，分不清是一个数还是两个数。", fix="请合并成一行“其他”。",
    ),
    Rule(
        code="unknown-state", severity=ERROR, role=Role.STATE,
        sql="""SELECT id, coalesce(state_text, text) AS given FROM staged
            WHERE kind = 'milestone' AND state IS NULL AND coalesce(state_text, text) IS NOT NULL""",
        message="状态“{given}”无法识别。", fix="可填：未开始、计划中、进行中、基本完成、已完成、长期坚持、未说明。",
    ),
    Rule(
        code="state-missing", severity=ERROR, role=Role.STATE,
        sql="""SELECT id, row FROM staged WHERE kind = 'milestone' AND coalesce(state_text, text) IS NULL
            AND (planned IS NOT NULL OR actual IS NOT NULL OR note IS NOT NULL)""",
        message="第{row}行是工作事项，没有填状态。", fix="请填状态，如进行中、已完成。",
    ),
    Rule(
        code="done-without-state", severity=WARNING, role=Role.ACTUAL,
        sql="SELECT id, actual, state FROM staged WHERE kind = 'milestone' AND actual IS NOT NULL AND state NOT IN ('已完成', '基本完成')",
        message="填了实际完成{actual}，状态却是“{state}”。", fix="请核对状态。",
    ),
    Rule(
        code="done-in-future", severity=ERROR, role=Role.ACTUAL,
        sql="SELECT id, actual FROM staged WHERE kind = 'milestone' AND actual_start > $today",
        message="实际完成{actual}还没有到。", fix="请核对日期；还没有完成的，请填计划完成。",
    ),
    Rule(
        code="done-after-period", severity=WARNING, role=Role.ACTUAL,
        sql="SELECT id, actual, shown FROM staged WHERE kind = 'milestone' AND actual_start > named_end AND actual_start <= $today",
        message="实际完成{actual}在报告期{shown}之后。", fix="请核对期间和日期。",
    ),
    Rule(
        code="blank-work", severity=WARNING, role=Role.STATE,
        sql="""SELECT min(id) AS id, min(row) AS row, count(*) AS number FROM staged WHERE kind = 'milestone'
            AND coalesce(state_text, text, planned, actual, note) IS NULL GROUP BY sheet_no""",
        message="第{row}行起有{number}行工作事项没有填状态，未入库。", fix="有进展的请填状态；没有的可以不填。",
    ),
    Rule(
        code="part-missing", severity=ERROR, role=Role.NUMERATOR,
        sql="SELECT id, row FROM staged WHERE kind = 'ratio' AND (numerator_text IS NULL) <> (denominator_text IS NULL)",
        message="第{row}行分子、分母只填了一个。", fix="请把两个都填上，或都留空只填数值。",
    ),
    Rule(
        code="parts-not-allowed", severity=ERROR, role=Role.NUMERATOR,
        sql=f"SELECT id FROM staged WHERE kind <> 'ratio' AND {NUMBERS} AND (numerator_text IS NOT NULL OR denominator_text IS NOT NULL)",
        message="该指标不是比率，不能填分子、分母。", fix="请把数填在数值列。",
    ),
    Rule(
        code="negative", severity=ERROR, role=Role.VALUE,
        sql="""SELECT id, text FROM staged WHERE minimum = 0 AND (value < 0 OR lower < 0 OR upper < 0)""",
        message="“{text}”：该指标不能为负。", fix="请核对数值。",
    ),
    Rule(
        code="negative", severity=ERROR, role=Role.NUMERATOR,
        sql="SELECT id FROM staged WHERE numerator < 0 OR denominator < 0", message="分子、分母不能为负。", fix="请核对两数。",
    ),
    Rule(
        code="out-of-bounds", severity=ERROR, role=Role.VALUE,
        sql="""SELECT s.id, s.text, i.name, s.unit, txt(s.minimum) AS least, txt(s.maximum) AS most FROM staged s JOIN indicator i ON i.code = s.indicator
            WHERE s.maximum IS NOT NULL AND other_unit IS NOT TRUE
                AND (s.value > s.maximum OR s.upper > s.maximum AND s.qualifier NOT IN ('gt', 'ge', 'approx')
                OR s.lower > s.maximum OR s.qualifier = 'gt' AND s.value >= s.maximum)""",
        message="“{text}”超出{least}–{most}{unit}：{name}不能超过{most}{unit}。", fix="请核对数值。",
    ),
    Rule(
        code="out-of-bounds", severity=ERROR, role=Role.VALUE,
        sql="""SELECT s.id, s.text, i.name, s.unit, txt(s.minimum) AS least FROM staged s JOIN indicator i ON i.code = s.indicator
            WHERE s.minimum <> 0 AND s.value < s.minimum AND other_unit IS NOT TRUE""",
        message="“{text}”：{name}不能小于{least}{unit}。", fix="请核对数值。",
    ),
    Rule(
        code="not-an-integer", severity=ERROR, role=Role.VALUE,
        sql="""SELECT id, text FROM staged WHERE counted AND other_unit IS NOT TRUE
            AND (value <> floor(value) OR lower <> floor(lower) AND qualifier = 'range')""",
        message="“{text}”：该指标应为整数。", fix="请核对数值和单位。",
    ),
    Rule(
        code="numerator-above-denominator", severity=ERROR, role=Role.NUMERATOR,
        sql="SELECT id, txt(numerator) AS a, txt(denominator) AS b FROM staged WHERE kind = 'ratio' AND maximum = 100 AND numerator > denominator",
        message="完成数{a}大于总数{b}。", fix="请核对两数；如确为超额完成，请改用不封顶的指标。",
    ),
    Rule(
        code="rate-differs", severity=WARNING, role=Role.VALUE,
        sql="""SELECT id, text, txt(numerator) AS a, txt(denominator) AS b, txt(CAST(abs(value - round(computed, places)) AS DECIMAL(18, 4))) AS d
            FROM (SELECT *, 100.0 * numerator / denominator AS computed, CAST(length(regexp_extract(text, '\\.([0-9]+)', 1)) AS INTEGER) AS places
                FROM staged WHERE kind = 'ratio' AND unit = '%' AND qualifier = 'exact' AND denominator > 0 AND value IS NOT NULL)
            WHERE abs(value - computed) > greatest(0.5 * power(10.0, - places), 0.00006) AND NOT (bare AND value <= 1)""",
        message="填报率与计算率相差{d}个百分点（填报{text}，{a}/{b}）。", fix="请核对；两者都会保存，屏幕显示计算率。",
    ),
    Rule(
        code="no-cases", severity=WARNING, role=Role.VALUE,
        sql="SELECT id, text FROM staged WHERE denominator = 0 AND value IS NOT NULL",
        message="分母为0，是“无适用对象”，填报的“{text}”未入库。",
    ),
    Rule(
        code="mixed-scale", severity=ERROR, role=Role.VALUE,
        sql="""SELECT id, text, txt(value) AS a, txt(value * 100) AS b FROM (
                SELECT *, median(CASE WHEN value > 1 THEN value END) OVER (PARTITION BY sheet_no, letter) AS usual FROM staged WHERE unit = '%')
            WHERE bare AND value > 0 AND value <= 1 AND (usual >= 10 OR value * 100 BETWEEN usual * 0.3 AND usual * 3)""",
        message="{a}%与同列量级不符，疑似应为{b}%。", fix="请改成{b}；如确为{a}%，请带上百分号填写。",
    ),
    Rule(
        code="detail-rows", severity=ERROR, role=Role.VALUE, needs="doubled",
        sql="""SELECT d.first AS id, g.name AS region, i.name, s.shown, d.number FROM doubled d JOIN staged s ON s.id = d.first
            JOIN indicator i ON i.code = s.indicator JOIN region g ON g.code = s.region WHERE d.different AND d.number > 10""",
        message=DETAIL, fix=SUM_UP,
    ),
    Rule(
        code="conflicting-rows", severity=ERROR, role=Role.VALUE, needs="doubled",
        sql="""SELECT s.id, g.name AS region, i.name, s.shown,
                CASE WHEN d.figures = 2 AND list_contains(d.listed, '空')
                    THEN '一处填了' || list_filter(d.listed, one -> one <> '空')[1] || '，另一处为空'
                ELSE '有' || CASE WHEN d.figures = 2 THEN '两个' ELSE d.figures || '个' END || '不同数值：' || array_to_string(d.listed, '、')
                    || CASE WHEN d.figures > 3 THEN '等' || d.figures || '个' ELSE '' END END AS said
            FROM staged s JOIN doubled d USING (indicator, region, period_start, period_end)
            JOIN indicator i ON i.code = s.indicator JOIN region g ON g.code = s.region WHERE d.different AND d.number <= 10""",
        message="{region}{name}{shown}{said}。", fix="请只保留正确的一行。",
    ),
    Rule(
        code="duplicate-row", severity=WARNING, needs="doubled",
        sql="""SELECT s.id, s.row, CASE WHEN f.sheet_no = s.sheet_no AND f.row = s.row THEN s.letter || '列' ELSE '' END AS here,
                CASE WHEN f.sheet_no = s.sheet_no AND f.row = s.row THEN f.letter || '列' ELSE '第' || f.row || '行' END AS first,
                CASE WHEN f.sheet_no = s.sheet_no THEN ''
                ELSE CASE WHEN f.file_no <> h.file_no THEN '第' || f.file_no || '个文件' ELSE '' END
                    || coalesce('工作表“' || f.name || '”', '') END AS other
            FROM staged s JOIN doubled d USING (indicator, region, period_start, period_end) JOIN sheet h ON h.sheet_no = s.sheet_no
            JOIN (SELECT id, row, letter, sheet_no, name, file_no FROM raw JOIN sheet USING (sheet_no)) f ON f.id = d.first
            WHERE NOT d.different AND s.id > d.first""",
        message="第{row}行{here}与{other}{first}重复，只入库一次。",
    ),
    Rule(
        code="all-zero", severity=WARNING, role=Role.VALUE, needs="staged WHERE value = 0",
        sql="""SELECT min(s.id) AS id, i.name, s.shown FROM staged s JOIN indicator i ON i.code = s.indicator JOIN region g ON g.code = s.region
            WHERE g.street GROUP BY s.sheet_no, s.indicator, i.name, s.shown, s.letter
            HAVING count(*) > 1 AND count(*) = count(CASE WHEN s.value = 0 THEN 1 END)""",
        message="{name}{shown}所有街镇均为0，请确认。", fix="如没有数据，请留空或填缺报。",
    ),
    Rule(
        code="missing-regions", severity=WARNING, role=Role.REGION,
        sql="""WITH said AS (
                SELECT indicator, period_start, period_end, shown, region, id FROM staged
                UNION ALL SELECT c.indicator, c.period_start, c.period_end, NULL, c.region, NULL FROM current c
                WHERE coalesce(c.value, c.numerator) IS NOT NULL
                    AND EXISTS (SELECT 1 FROM staged s WHERE s.indicator = c.indicator AND s.period_end = c.period_end)),
            counted AS (SELECT indicator, period_start, period_end, max(shown) AS shown, min(id) AS id, list(DISTINCT region) AS present FROM said
                WHERE region IN (SELECT code FROM region WHERE street) GROUP BY ALL)
            SELECT c.id, i.name, c.shown, string_agg(g.name, '、' ORDER BY g.code) AS listed, count(*) AS number
            FROM counted c JOIN indicator i ON i.code = c.indicator JOIN region g ON g.street AND NOT list_contains(c.present, g.code)
            WHERE c.id IS NOT NULL AND 2 * len(c.present) > (SELECT count(*) FROM region WHERE street)
            GROUP BY c.id, i.name, c.shown""",
        message="{name}{shown}缺{number}个街镇：{listed}，按未报处理。", fix="如有数据请补上；没有也可以先入库。",
    ),
    Rule(
        code="whole-differs", severity=WARNING, role=Role.VALUE, needs=OF_WHOLE,
        sql="""SELECT w.id, i.name, w.shown, txt(w.value) AS a, txt(p.total) AS b, txt(abs(w.value - p.total)) AS d FROM staged w
            JOIN indicator i ON i.code = w.indicator JOIN (
                SELECT indicator, period_start, period_end, sum(value) AS total, count(DISTINCT region) AS number FROM staged
                WHERE region IN (SELECT code FROM region WHERE street) AND qualifier = 'exact' AND value IS NOT NULL GROUP BY ALL
            ) p USING (indicator, period_start, period_end)
            WHERE w.region = (SELECT code FROM region WHERE whole) AND w.qualifier = 'exact' AND w.kind IN ('flow', 'cumulative', 'stock', 'countdown')
                AND p.number = (SELECT count(*) FROM region WHERE street) AND w.value <> p.total""",
        message="{name}{shown}全区数{a}与各街镇之和{b}不符，差{d}。", fix="请核对；入库后以填报的全区数为准。",
    ),
    Rule(
        code="part-above-whole", severity=ERROR, role=Role.VALUE, needs="above",
        sql="SELECT id, part, whole, \"of\", txt(a) AS a, txt(b) AS b FROM above WHERE a > b AND both_here",
        message="“{part}”{of}{a}大于“{whole}”{of}{b}，部分不能大于总体。", fix="请核对两数。",
    ),
    Rule(
        code="part-above-whole", severity=WARNING, role=Role.VALUE, needs="above",
        sql="SELECT id, part, whole, \"of\", txt(a) AS a, txt(b) AS b FROM above WHERE a > b AND NOT both_here",
        message="“{part}”{of}{a}大于“{whole}”{of}{b}，其中一个是已入库的数；部分不能大于总体。", fix="请核对两数。",
    ),
    Rule(
        code="street-above-whole", severity=WARNING, role=Role.VALUE, needs=OF_WHOLE,
        sql="""SELECT s.id, g.name AS region, i.name, s.shown, txt(s.value) AS a, txt(w.value) AS b FROM staged s
            JOIN staged w USING (indicator, period_start, period_end) JOIN indicator i ON i.code = s.indicator JOIN region g ON g.code = s.region
            WHERE w.region = (SELECT code FROM region WHERE whole) AND s.region <> w.region AND s.value > w.value AND s.minimum = 0
                AND s.qualifier = 'exact' AND w.qualifier = 'exact' AND s.kind IN ('flow', 'cumulative', 'stock', 'countdown')""",
        message="{name}{shown}{region}{a}大于全区数{b}。", fix="请核对两数。",
    ),
    Rule(
        code="remaining-differs", severity=ERROR, role=Role.VALUE, needs="remaining",
        sql="SELECT id, a, b, d FROM remaining WHERE given <> expected",
        message="总数{a}，已整改{b}，剩余应为{d}。", fix="请核对三个数。",
    ),
    Rule(
        code="derived", severity=WARNING, role=Role.NAME,
        sql="SELECT s.id, i.name FROM staged s JOIN indicator i ON i.code = s.indicator WHERE s.derived",
        message="“{name}”由看板计算，不必填报，这一行只用来核对，未入库。",
    ),
)  # fmt: skip

# What the months before say: from this file or from the store.
HISTORY = (
    Rule(
        code="cumulative-falls", severity=ERROR, role=Role.VALUE, needs="earlier",
        sql="""SELECT id, txt(before - value) AS d FROM earlier WHERE kind = 'cumulative' AND value < before AND $reason IS NULL""",
        message="累计值较上月减少{d}，请填写修订原因。", fix="请核对是否误填当月数；确需减少，请填写修订原因。",
    ),
    Rule(
        code="cumulative-falls", severity=WARNING, role=Role.VALUE, needs="earlier",
        sql="SELECT id, txt(before - value) AS d FROM earlier WHERE kind = 'cumulative' AND value < before AND $reason IS NOT NULL",
        message="累计值较上月减少{d}，已按填写的原因处理。",
    ),
    *(Rule(
        code="cumulative-falls", severity=severity, role=Role.VALUE,
        sql=f"""SELECT s.id, strftime(min(c.period_end), '%Y年%-m月') AS later, txt(arg_min(c.value, c.period_end)) AS b
            FROM staged s JOIN current c ON c.indicator = s.indicator AND c.region = s.region AND c.period_start = s.period_start
                AND c.period_end > s.period_end AND c.value < s.value
            WHERE s.kind = 'cumulative' AND $reason IS {given} AND NOT EXISTS (SELECT 1 FROM staged t WHERE t.indicator = c.indicator
                AND t.region = c.region AND t.period_start = c.period_start AND t.period_end = c.period_end)
            GROUP BY s.id""",
        message="累计值大于已入库的{later}累计值{b}" + words, fix="请核对两数；要改的话，请连同以后各月一起上传。",
    ) for severity, given, words in ((ERROR, "NULL", "，请填写修订原因。"), (WARNING, "NOT NULL", "，已按填写的原因处理。"))),
    Rule(
        code="revision", severity=ASK, role=Role.VALUE, needs="changed",
        sql="""SELECT c.id, i.name, g.name AS region, s.shown, c.old, c.now FROM changed c JOIN staged s USING (id)
            JOIN indicator i ON i.code = s.indicator JOIN region g ON g.code = s.region
            WHERE c.change = 'revised' AND NOT c.blank AND $reason IS NULL""",
        message="{region}{name}{shown}已有数据，将由{old}修订为{now}，请填写原因。", fix="请填写修订原因，或从文件中去掉这一行。",
    ),
    Rule(
        code="blank-keeps", severity=WARNING, role=Role.VALUE, needs="blank_over",
        sql="""SELECT b.id, i.name, g.name AS region, s.shown FROM blank_over b JOIN staged s USING (id)
            JOIN indicator i ON i.code = s.indicator JOIN region g ON g.code = s.region""",
        message="{region}{name}{shown}已有数据，文件中为空，保留原有数据。", fix="如要改为缺报，请写“缺报”。",
    ),
    Rule(
        code="same-as-last-month", severity=WARNING, needs="earlier",
        sql="""SELECT min(e.id) AS id, count(*) AS number FROM earlier e JOIN staged o ON o.id = e.id GROUP BY o.sheet_no
            HAVING count(*) > 1 AND count(*) = count(CASE WHEN e.value = e.before AND e.numerator IS NOT DISTINCT FROM e.before_numerator THEN 1 END)
                AND count(*) = (SELECT count(*) FROM staged s WHERE s.sheet_no = o.sheet_no
                    AND s.kind NOT IN ('milestone', 'grade') AND s.value IS NOT NULL)
                AND max(abs(e.value)) > 0""",
        message="与上月数据完全相同（共{number}条），是否误传上月文件？", fix="请核对文件。",
    ),
    Rule(
        code="ten-fold", severity=WARNING, role=Role.VALUE, needs="earlier",
        sql="""SELECT e.id, s.text, txt(e.before) AS before, CASE WHEN e.value > e.before THEN '10倍以上' ELSE '十分之一以下' END AS jump
            FROM earlier e JOIN staged s ON s.id = e.id
            WHERE e.kind <> 'ratio' AND s.qualifier = 'exact' AND e.before > 0 AND greatest(e.value, e.before) >= 10
                AND (e.value >= 10 * e.before OR e.value * 10 <= e.before)
                AND NOT (e.kind IN ('cumulative', 'countdown') AND e.value <= e.before)""",
        message="“{text}”是上期{before}的{jump}，请核实是否多写或少写一位。", fix="请核对单位和位数。",
    ),
    Rule(
        code="outlier", severity=WARNING, role=Role.VALUE, needs="usual",
        sql="""SELECT id, text, txt(CAST(mean - 2.66 * range AS DECIMAL(18, 1))) AS least,
                txt(CAST(mean + 2.66 * range AS DECIMAL(18, 1))) AS most FROM usual
            WHERE points >= 6 AND (value > mean + 2.66 * range OR value < mean - 2.66 * range)""",
        message="“{text}”较历史波动异常（通常在{least}至{most}之间），请核实。", fix="如属实可以继续。",
    ),
)  # fmt: skip
EVERY = (*PLACES, *ROWS, *HISTORY)  # PLACES see the texts of `raw`, which are gone when the others are asked
