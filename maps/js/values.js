// Values of the details as a person reads them. Missing is unknown, never no.
(function () {
  "use strict";
  const ns = (window.gridrisk = window.gridrisk || {});

  ns.column = function (column) {
    if (column.codes === undefined) { return column.values; }
    const codes = ns.numbers(column.codes);
    return Array.from(codes, function (code) { return code ? column.words[code - 1] : null; });
  };

  ns.formatter = function (language, texts) {
    const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
    const four = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 });
    const two = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });

    function money(value) {
      if (language.indexOf("zh") === 0 && Math.abs(value) >= 10000) {
        return two.format(value / 10000) + " " + texts.ten_thousand_yuan;
      }
      return whole.format(value) + " " + texts.yuan;
    }

    function number(value) {
      return Math.abs(value) >= 1000 ? whole.format(value) : four.format(value);
    }

    const formats = {
      text: function (value) { return value === "" ? texts.none : String(value); },
      integer: function (value) { return whole.format(value); },
      plain: function (value) { return String(value); },
      number: number,
      share: function (value) { return two.format(value * 100) + " %"; },
      money: money,
      boolean: function (value) { return value ? texts.yes : texts.no; },
    };

    return function (value, format, unit) {
      if (value === null || value === undefined) { return texts.unknown; }
      return formats[format](value) + (unit ? " " + unit : "");
    };
  };
})();
