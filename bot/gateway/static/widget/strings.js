// Every word the widget itself says; `n` is filled in and chooses the plural form.

const STRINGS = {
  en: {
    title: 'Shop assistant',
    launch: 'Chat with us',
    close: 'Close chat',
    restart: 'New conversation',
    soundOn: 'Turn sound on',
    soundOff: 'Turn sound off',
    welcome: 'Hello! How can I help?',
    welcomeMore: 'Ask about a product, a price, delivery or your order.',
    suggestions: ['What do you sell?', 'Where is my order?', 'How does delivery work?'],
    input: 'Your message',
    placeholder: 'Write a message…',
    send: 'Send',
    attach: 'Send a photo or PDF',
    files: 'Not sent: only photos and PDFs of up to 10 MB.',
    log: 'Conversation',
    customer: 'You',
    bot: 'Assistant',
    agent: 'Shop team',
    system: 'Note',
    typing: '{name} is writing',
    unread: { one: '{n} new message', other: '{n} new messages' },
    below: 'New messages below',
    sending: 'Sending…',
    waiting: 'Waiting for connection',
    sent: 'Sent',
    read: 'Read',
    failed: 'Not sent.',
    again: 'Try again',
    tooLong: 'Too long to send: {n} characters at most.',
    refused: 'This could not be sent.',
    edit: 'Edit',
    left: { one: '{n} character left', other: '{n} characters left' },
    over: { one: '{n} character too many', other: '{n} characters too many' },
    online: 'Here to help',
    connecting: 'Connecting…',
    offline: 'No connection. What you write is kept and sent when it is back.',
    busy: 'That was fast. The rest goes out in a moment.',
    queue: 'A colleague will join you here shortly.',
    position: 'A colleague will join you here. Your place in line: {n}.',
    withAgent: 'You are talking with {name}',
    closed: 'This conversation has ended. Just write to open it again.',
    confirm: 'Start afresh? This conversation will no longer be shown here.',
    confirmYes: 'Start afresh',
    confirmNo: 'Keep it',
    next: 'Show next',
    previous: 'Show previous',
    cards: 'Products',
    table: 'Table',
    choices: 'Suggested replies',
    newTab: 'opens in a new tab',
  },
  ar: {
    title: 'مساعد المتجر',
    launch: 'تحدّث معنا',
    close: 'إغلاق المحادثة',
    restart: 'محادثة جديدة',
    soundOn: 'تشغيل الصوت',
    soundOff: 'كتم الصوت',
    welcome: 'أهلًا وسهلًا! كيف أساعدك؟',
    welcomeMore: 'يسعدني سؤالك عن منتج أو سعر أو توصيل أو طلب سابق.',
    suggestions: ['ماذا تبيعون؟', 'أين طلبي؟', 'كيف يتم التوصيل؟'],
    input: 'رسالتك',
    placeholder: 'رسالتك هنا…',
    send: 'إرسال',
    attach: 'إرسال صورة أو ملف PDF',
    files: 'لم يُرسل: تُقبل الصور وملفات PDF حتى 10 ميجابايت فقط.',
    log: 'المحادثة',
    customer: 'رسالتك',
    bot: 'المساعد',
    agent: 'فريق المتجر',
    system: 'ملاحظة',
    typing: '{name}: جارٍ الكتابة',
    unread: {
      one: 'رسالة جديدة واحدة', two: 'رسالتان جديدتان',
      few: '{n} رسائل جديدة', many: '{n} رسالة جديدة', other: '{n} رسالة جديدة',
    },
    below: 'رسائل جديدة في الأسفل',
    sending: 'جارٍ الإرسال…',
    waiting: 'بانتظار عودة الاتصال',
    sent: 'أُرسلت',
    read: 'قُرئت',
    failed: 'لم تُرسل.',
    again: 'إعادة المحاولة',
    tooLong: 'الرسالة طويلة ولا يمكن إرسالها. أقصى عدد للأحرف: {n}.',
    refused: 'تعذّر إرسال هذه الرسالة.',
    edit: 'تعديل',
    left: {
      one: 'بقي حرف واحد', two: 'بقي حرفان',
      few: 'بقيت {n} أحرف', many: 'بقي {n} حرفًا', other: 'بقي {n} حرف',
    },
    over: {
      one: 'زيادة حرف واحد', two: 'زيادة حرفين',
      few: 'زيادة {n} أحرف', many: 'زيادة {n} حرفًا', other: 'زيادة {n} حرف',
    },
    online: 'هنا للمساعدة',
    connecting: 'جارٍ الاتصال…',
    offline: 'لا يوجد اتصال. رسائلك محفوظة وتُرسل فور عودته.',
    busy: 'وصلت رسائل كثيرة دفعة واحدة. تُرسل البقية بعد لحظات.',
    queue: 'سينضم إليك هنا أحد الزملاء بعد قليل.',
    position: 'سينضم إليك هنا أحد الزملاء. ترتيبك في الانتظار: {n}.',
    withAgent: 'معك الآن {name}',
    closed: 'انتهت هذه المحادثة. أي رسالة جديدة تفتحها من جديد.',
    confirm: 'هل نبدأ من جديد؟ لن تظهر هذه المحادثة هنا بعد ذلك.',
    confirmYes: 'بداية جديدة',
    confirmNo: 'إبقاؤها',
    next: 'عرض التالي',
    previous: 'عرض السابق',
    cards: 'المنتجات',
    table: 'جدول',
    choices: 'ردود مقترحة',
    newTab: 'يُفتح في نافذة جديدة',
  },
};

/** The language of the two that a tag such as `ar-EG` asks for, else ''. */
export function spoken(tag) {
  const [language] = String(tag ?? '').toLowerCase().split(/[-_]/);
  return language in STRINGS ? language : '';
}

export class Words {
  constructor(language, digits) {
    this.language = language;
    this.digits = digits;
    this.direction = language === 'ar' ? 'rtl' : 'ltr';
    const own = navigator.languages.find((tag) => spoken(tag) === language) ?? language;
    const numberingSystem = language === 'ar' ? digits : 'latn';
    this.numbers = new Intl.NumberFormat(own, { numberingSystem });
    this.plural = new Intl.PluralRules(language);
    this.clock = new Intl.DateTimeFormat(own, { hour: 'numeric', minute: '2-digit', numberingSystem });
    this.near = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    this.calendar = new Intl.DateTimeFormat(own, { weekday: 'long', day: 'numeric', month: 'long', numberingSystem });
  }

  say(key, { n, name } = {}) {
    let text = STRINGS[this.language][key];
    if (n !== undefined && typeof text === 'object') text = text[this.plural.select(n)] ?? text.other;
    return typeof text === 'string' ? text.replace('{name}', name).replace('{n}', this.numbers.format(n ?? 0)) : text;
  }

  time(date) {
    return this.clock.format(date);
  }

  day(date) {
    const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
    const ago = Math.round((midnight(date) - midnight(Date.now())) / 86_400_000);
    return [0, -1].includes(ago) ? this.near.format(ago, 'day') : this.calendar.format(date);
  }
}
