/** Where `walk` leaves what it has found, and how a column is described to it (`../walk.ts`). */
export const stateAt = { lines: 0, longest: 4, quoted: 8, lineEnd: 12, columns: 16 } as const
export const columnBytes = 16
export const columnAt = { kind: 0, before: 1, behind: 2, most: 8 } as const

/**
 * `walk` of a Walker, as the text of a WebAssembly module. It looks at 16 bytes at a time: of a number the digits are the ones of a mask.
 *
 * `at` and `end` bound the piece; behind it stand 64 line feeds, so that whatever is looked for ends. `first` and `last` are the places of
 * the descriptions of columns. The kind of a column whose cells are not all proved becomes 0. A quote or a comment that is not declared is
 * -1, and so is `namesBytes` where no line names the columns.
 */
export const walkText = `
(memory 1)

;; The digits among 16 bytes, one bit each.
(func $digits (param $at i32) (result i32)
  (i8x16.bitmask (i8x16.le_u
    (i8x16.sub (v128.load (local.get $at)) (i8x16.splat (i32.const 48)))
    (i8x16.splat (i32.const 9)))))

;; The number of two digits.
(func $pair (param $at i32) (result i32)
  (local $both i32)
  (local.set $both (i32.sub (i32.load16_u (local.get $at)) (i32.const 0x3030)))
  (i32.add (i32.mul (i32.and (local.get $both) (i32.const 0xff)) (i32.const 10)) (i32.shr_u (local.get $both) (i32.const 8))))

;; Whether a day of the years 1 to 9999 of the calendar stands here: YYYY-MM-DD.
(func $isDay (param $at i32) (result i32)
  (local $month i32) (local $day i32) (local $year i32)
  (if (i32.ne (i32.and (call $digits (local.get $at)) (i32.const 0x3ff)) (i32.const 0x36f)) (then (return (i32.const 0))))
  (if (i32.ne (i32.and (i32.load offset=4 (local.get $at)) (i32.const 0xff0000ff)) (i32.const 0x2d00002d)) (then (return (i32.const 0))))
  (if (i32.eq (i32.load (local.get $at)) (i32.const 0x30303030)) (then (return (i32.const 0))))
  (local.set $month (call $pair (i32.add (local.get $at) (i32.const 5))))
  (local.set $day (call $pair (i32.add (local.get $at) (i32.const 8))))
  (if (i32.ge_u (i32.sub (local.get $month) (i32.const 1)) (i32.const 12)) (then (return (i32.const 0))))
  (if (i32.eqz (local.get $day)) (then (return (i32.const 0))))
  (if (i32.le_u (local.get $day) (i32.const 28)) (then (return (i32.const 1))))
  ;; The bits of 0x15aa are the months of 31 days.
  (if (i32.ne (local.get $month) (i32.const 2)) (then (return (i32.le_u
    (local.get $day)
    (i32.add (i32.const 30) (i32.and (i32.shr_u (i32.const 0x15aa) (local.get $month)) (i32.const 1)))))))
  (if (i32.ne (local.get $day) (i32.const 29)) (then (return (i32.const 0))))
  (local.set $year (call $pair (i32.add (local.get $at) (i32.const 2))))
  (if (i32.eqz (local.get $year)) (then (local.set $year (call $pair (local.get $at)))))
  (i32.eqz (i32.rem_u (local.get $year) (i32.const 4))))

;; Behind an instant: a day, T or a space, HH:MM:SS, up to six digits behind a point, Z. The place of its beginning where none stands here.
(func $instant (param $at i32) (result i32)
  (local $between i32) (local $mask i32) (local $to i32) (local $digits i32)
  (local.set $between (i32.load8_u offset=10 (local.get $at)))
  (if (i32.and (i32.ne (local.get $between) (i32.const 84)) (i32.ne (local.get $between) (i32.const 32))) (then (return (local.get $at))))
  (if (i32.eqz (call $isDay (local.get $at))) (then (return (local.get $at))))
  (local.set $mask (call $digits (i32.add (local.get $at) (i32.const 11))))
  (if (i32.ne (i32.and (local.get $mask) (i32.const 0xff)) (i32.const 0xdb)) (then (return (local.get $at))))
  (if (i32.ne (i32.load8_u offset=13 (local.get $at)) (i32.const 58)) (then (return (local.get $at))))
  (if (i32.ne (i32.load8_u offset=16 (local.get $at)) (i32.const 58)) (then (return (local.get $at))))
  (if (i32.gt_u (call $pair (i32.add (local.get $at) (i32.const 11))) (i32.const 23)) (then (return (local.get $at))))
  (if (i32.gt_u (i32.load8_u offset=14 (local.get $at)) (i32.const 53)) (then (return (local.get $at))))
  (if (i32.gt_u (i32.load8_u offset=17 (local.get $at)) (i32.const 53)) (then (return (local.get $at))))
  (local.set $to (i32.add (local.get $at) (i32.const 19)))
  (if (i32.eq (i32.load8_u (local.get $to)) (i32.const 46)) (then
    (local.set $digits (i32.ctz (i32.xor (i32.shr_u (local.get $mask) (i32.const 9)) (i32.const -1))))
    (if (i32.gt_u (i32.sub (local.get $digits) (i32.const 1)) (i32.const 5)) (then (return (local.get $at))))
    (local.set $to (i32.add (i32.add (local.get $to) (i32.const 1)) (local.get $digits)))))
  (if (i32.ne (i32.load8_u (local.get $to)) (i32.const 90)) (then (return (local.get $at))))
  (i32.add (local.get $to) (i32.const 1)))

(func $behindDigits (param $at i32) (result i32)
  (loop $more
    (if (i32.le_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)) (i32.const 9)) (then
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $more))))
  (local.get $at))

;; Behind up to 18 digits whose number is not above the most of the column; the place of the cell where none stand here.
(func $longInteger (param $at i32) (param $sign i32) (param $most i64) (result i32)
  (local $first i32) (local $to i32) (local $each i32) (local $value i64)
  (local.set $first (i32.add (local.get $at) (local.get $sign)))
  (local.set $to (call $behindDigits (local.get $first)))
  (if (i32.gt_u (i32.sub (local.get $to) (local.get $first)) (i32.const 18)) (then (return (local.get $at))))
  (local.set $each (local.get $first))
  (loop $more
    (local.set $value (i64.add
      (i64.mul (local.get $value) (i64.const 10))
      (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $each)) (i32.const 48)))))
    (local.set $each (i32.add (local.get $each) (i32.const 1)))
    (br_if $more (i32.lt_u (local.get $each) (local.get $to))))
  (if (i64.gt_u (local.get $value) (local.get $most)) (then (return (local.get $at))))
  (local.get $to))

;; The same of digits with a point among them.
(func $longDecimal (param $at i32) (param $sign i32) (param $column i32) (result i32)
  (local $first i32) (local $to i32)
  (local.set $first (i32.add (local.get $at) (local.get $sign)))
  (local.set $to (call $behindDigits (local.get $first)))
  (if (i32.eq (local.get $to) (local.get $first)) (then (return (local.get $at))))
  (if (i32.gt_u (i32.sub (local.get $to) (local.get $first)) (i32.load8_u offset=${columnAt.before} (local.get $column))) (then
    (return (local.get $at))))
  (if (i32.ne (i32.load8_u (local.get $to)) (i32.const 46)) (then (return (local.get $to))))
  (local.set $first (i32.add (local.get $to) (i32.const 1)))
  (local.set $to (call $behindDigits (local.get $first)))
  (if (i32.eq (local.get $to) (local.get $first)) (then (return (local.get $at))))
  (if (i32.gt_u (i32.sub (local.get $to) (local.get $first)) (i32.load8_u offset=${columnAt.behind} (local.get $column))) (then
    (return (local.get $at))))
  (local.get $to))

(func $areSame (param $one i32) (param $other i32) (param $bytes i32) (result i32)
  (local $at i32)
  (loop $more
    (if (i32.eq (local.get $at) (local.get $bytes)) (then (return (i32.const 1))))
    (if (i32.eq
      (i32.load8_u (i32.add (local.get $one) (local.get $at)))
      (i32.load8_u (i32.add (local.get $other) (local.get $at)))) (then
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $more))))
  (i32.const 0))

(func $walk (export "walk")
  (param $at i32) (param $end i32) (param $first i32) (param $last i32)
  (param $delimiter i32) (param $quote i32) (param $comment i32) (param $names i32) (param $namesBytes i32)
  (result i32)
  (local $begin i32) (local $column i32) (local $byte i32) (local $to i32) (local $mask i32) (local $sign i32) (local $digits i32)
  (local $behind i32) (local $size i32) (local $isCr i32) (local $lines i32) (local $longest i32) (local $quoted i32) (local $lineEnd i32)
  (local $bytes v128) (local $delimiters v128) (local $quotes v128) (local $feeds v128) (local $returns v128)
  (local.set $lines (i32.load offset=${stateAt.lines} (i32.const 0)))
  (local.set $longest (i32.load offset=${stateAt.longest} (i32.const 0)))
  (local.set $quoted (i32.load offset=${stateAt.quoted} (i32.const 0)))
  (local.set $lineEnd (i32.load offset=${stateAt.lineEnd} (i32.const 0)))
  (local.set $delimiters (i8x16.splat (local.get $delimiter)))
  (local.set $feeds (i8x16.splat (i32.const 10)))
  (local.set $returns (i8x16.splat (i32.const 13)))
  (local.set $quotes (local.get $feeds))
  (if (i32.ne (local.get $quote) (i32.const -1)) (then (local.set $quotes (i8x16.splat (local.get $quote)))))
  (local.set $begin (local.get $at))
  (local.set $column (local.get $first))
  (block $out
    (loop $cell
      (br_if $out (i32.ge_u (local.get $at) (local.get $end)))
      (block $line
        (block $unproved
          (block $ended
            (block $timestamp
              (block $date
                (block $boolean
                  (block $decimal
                    (block $integer
                      (br_table $unproved $integer $decimal $decimal $boolean $date $timestamp
                        (i32.load8_u offset=${columnAt.kind} (local.get $column))))
                    ;; integer
                    (local.set $sign (i32.eq (i32.load8_u (local.get $at)) (i32.const 45)))
                    (local.set $digits (i32.ctz (i32.xor
                      (i32.shr_u (call $digits (local.get $at)) (local.get $sign))
                      (i32.const -1))))
                    (local.set $to (local.get $at))
                    (br_if $ended (i32.eqz (local.get $digits)))
                    (if (i32.gt_u (local.get $digits) (i32.const 9))
                      (then (local.set $to (call $longInteger
                        (local.get $at) (local.get $sign) (i64.load offset=${columnAt.most} (local.get $column)))))
                      (else (local.set $to (i32.add (i32.add (local.get $at) (local.get $sign)) (local.get $digits)))))
                    (br $ended))
                  ;; decimal, double
                  (local.set $mask (call $digits (local.get $at)))
                  (local.set $sign (i32.eq (i32.load8_u (local.get $at)) (i32.const 45)))
                  (local.set $digits (i32.ctz (i32.xor (i32.shr_u (local.get $mask) (local.get $sign)) (i32.const -1))))
                  (local.set $size (i32.add (local.get $sign) (local.get $digits)))
                  (local.set $behind (i32.ctz (i32.xor
                    (i32.shr_u (local.get $mask) (i32.add (local.get $size) (i32.const 1)))
                    (i32.const -1))))
                  (if (i32.gt_u (i32.add (local.get $size) (local.get $behind)) (i32.const 14)) (then
                    (local.set $to (call $longDecimal (local.get $at) (local.get $sign) (local.get $column)))
                    (br $ended)))
                  (local.set $to (local.get $at))
                  (br_if $ended (i32.eqz (local.get $digits)))
                  (br_if $ended (i32.gt_u (local.get $digits) (i32.load8_u offset=${columnAt.before} (local.get $column))))
                  (if (i32.eq (i32.load8_u (i32.add (local.get $at) (local.get $size))) (i32.const 46)) (then
                    (br_if $ended (i32.eqz (local.get $behind)))
                    (br_if $ended (i32.gt_u (local.get $behind) (i32.load8_u offset=${columnAt.behind} (local.get $column))))
                    (local.set $size (i32.add (i32.add (local.get $size) (i32.const 1)) (local.get $behind)))))
                  (local.set $to (i32.add (local.get $at) (local.get $size)))
                  (br $ended))
                ;; boolean
                (local.set $to (local.get $at))
                (if (i32.eq (i32.load (local.get $at)) (i32.const 0x65757274))
                  (then (local.set $to (i32.add (local.get $at) (i32.const 4))))
                  (else (if (i32.and
                    (i32.eq (i32.load (local.get $at)) (i32.const 0x736c6166))
                    (i32.eq (i32.load8_u offset=4 (local.get $at)) (i32.const 101))) (then
                    (local.set $to (i32.add (local.get $at) (i32.const 5)))))))
                (br $ended))
              ;; date
              (local.set $to (i32.add (local.get $at) (i32.mul (call $isDay (local.get $at)) (i32.const 10))))
              (br $ended))
            ;; timestamp
            (local.set $to (call $instant (local.get $at))))
          (local.set $byte (i32.load8_u (local.get $to)))
          ;; Most cells end here.
          (if (i32.and
            (i32.and (i32.eq (local.get $byte) (local.get $delimiter)) (i32.lt_u (local.get $column) (local.get $last)))
            (i32.or
              (i32.gt_u (local.get $column) (local.get $first))
              (i32.ne (i32.load8_u (local.get $at)) (local.get $comment)))) (then
            (local.set $at (i32.add (local.get $to) (i32.const 1)))
            (local.set $column (i32.add (local.get $column) (i32.const ${columnBytes})))
            (br $cell)))
          (if (i32.or (i32.eq (local.get $byte) (i32.const 10)) (i32.eq (local.get $byte) (i32.const 13)))
            (then (local.set $at (local.get $to)))
            (else (i32.store8 offset=${columnAt.kind} (local.get $column) (i32.const 0)))))
        (if (i32.eq (local.get $column) (local.get $first)) (then
          (br_if $out (i32.eq (i32.load8_u (local.get $begin)) (local.get $comment)))))
        (if (i32.eq (i32.load8_u (local.get $at)) (local.get $quote))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (loop $within
              (local.set $bytes (v128.load (local.get $at)))
              (local.set $mask (i8x16.bitmask (v128.or
                (i8x16.eq (local.get $bytes) (local.get $quotes))
                (v128.or (i8x16.eq (local.get $bytes) (local.get $feeds)) (i8x16.eq (local.get $bytes) (local.get $returns))))))
              (if (i32.eqz (local.get $mask)) (then
                (local.set $at (i32.add (local.get $at) (i32.const 16)))
                (br $within)))
              (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))
              (br_if $out (i32.ne (i32.load8_u (local.get $at)) (local.get $quote)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (if (i32.eq (i32.load8_u (local.get $at)) (local.get $quote)) (then
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br $within))))
            (i32.store8 offset=${columnAt.kind} (local.get $column) (i32.const 0))
            (local.set $quoted (i32.const 1)))
          (else
            (loop $bare
              (local.set $bytes (v128.load (local.get $at)))
              (local.set $mask (i8x16.bitmask (v128.or
                (v128.or (i8x16.eq (local.get $bytes) (local.get $delimiters)) (i8x16.eq (local.get $bytes) (local.get $quotes)))
                (v128.or (i8x16.eq (local.get $bytes) (local.get $feeds)) (i8x16.eq (local.get $bytes) (local.get $returns))))))
              (if (i32.eqz (local.get $mask)) (then
                (local.set $at (i32.add (local.get $at) (i32.const 16)))
                (br $bare))))
            (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))))
        (local.set $byte (i32.load8_u (local.get $at)))
        (br_if $line (i32.ne (local.get $byte) (local.get $delimiter)))
        (br_if $out (i32.eq (local.get $column) (local.get $last)))
        (local.set $column (i32.add (local.get $column) (i32.const ${columnBytes})))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $cell))
      (local.set $isCr (i32.eq (local.get $byte) (i32.const 13)))
      (if (local.get $isCr) (then
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $byte (i32.load8_u (local.get $at)))))
      (local.set $size (i32.sub (local.get $at) (local.get $begin)))
      (br_if $out (i32.ne (local.get $byte) (i32.const 10)))
      (br_if $out (i32.ne (local.get $column) (local.get $last)))
      ;; A line without anything is not a record, nor is one that only has a CR.
      (br_if $out (i32.eq (local.get $size) (local.get $isCr)))
      (br_if $out (i32.ge_u (local.get $at) (local.get $end)))
      (if (i32.ne (local.get $lineEnd) (i32.add (local.get $isCr) (i32.const 1))) (then
        (br_if $out (local.get $lineEnd))
        (local.set $lineEnd (i32.add (local.get $isCr) (i32.const 1)))))
      (if (i32.eq (local.get $size) (local.get $namesBytes)) (then
        (br_if $out (call $areSame (local.get $begin) (local.get $names) (local.get $size)))))
      (if (i32.gt_u (local.get $size) (local.get $longest)) (then (local.set $longest (local.get $size))))
      (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
      (local.set $column (local.get $first))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $begin (local.get $at))
      (br $cell)))
  (i32.store offset=${stateAt.lines} (i32.const 0) (local.get $lines))
  (i32.store offset=${stateAt.longest} (i32.const 0) (local.get $longest))
  (i32.store offset=${stateAt.quoted} (i32.const 0) (local.get $quoted))
  (i32.store offset=${stateAt.lineEnd} (i32.const 0) (local.get $lineEnd))
  (local.get $begin))
`
