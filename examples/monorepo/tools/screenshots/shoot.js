// Photographs the storefront after every release.
const puppeteer = require('puppeteer-core');

(async () => {
  const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.goto(process.env.SHOP_URL ?? 'http://storefront:3000');
  await page.screenshot({ path: '/out/storefront.png' });
  await browser.close();
})();
